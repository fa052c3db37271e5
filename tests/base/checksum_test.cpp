#include "descent/base/checksum.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "descent/base/checksum_line.hpp"
#include "descent/base/error.hpp"

using namespace descent;

static std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST_CASE("CRC-32C gives the numbers of RFC 3720, appendix B.4") {
  CHECK(crc32c(bytes("123456789")) == 0xE3069283);
  CHECK(crc32c(bytes(std::string(32, '\0'))) == 0x8A9136AA);
  CHECK(crc32c(bytes(std::string(32, '\xFF'))) == 0x62A8AB43);
  std::string ascending;
  for (char i = 0; i < 32; ++i) ascending += i;
  CHECK(crc32c(bytes(ascending)) == 0x46DD794E);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("CRC-32C by instruction and by table agree, in one piece and in two") {
  CHECK(rc::check([](const std::string& text, std::size_t cut) {
    const auto all = bytes(text);
    const std::size_t at = text.empty() ? 0 : cut % text.size();
    RC_ASSERT(crc32c(all) == crc32c_by_table(all));
    RC_ASSERT(crc32c(all) == crc32c(all.subspan(at), crc32c(all.first(at))));
  }));
}

TEST_CASE("SHA-256 gives the numbers of FIPS 180-4") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of a file is that of its content") {
  const auto file = std::filesystem::temp_directory_path() / "descent_checksum_test";
  for (const std::size_t size : {0u, 1u, 65536u, 200000u}) {
    const std::string content(size, 'x');
    std::ofstream(file, std::ios::binary) << content;
    CHECK(sha256_of_file(file) == sha256(content));
  }
  std::filesystem::remove(file);
  CHECK_THROWS_AS(sha256_of_file(file), Error);
  CHECK_THROWS_AS(sha256_of_file(std::filesystem::temp_directory_path()), Error);
}

TEST_CASE("a text with a line of checksum shows where it was changed") {
  const std::string text = "status: done\nstep: 8\n", whole = with_checksum_line(text);
  CHECK(without_checksum_line(whole) == text);
  CHECK(without_checksum_line(text) == text);
  CHECK(without_checksum_line(with_checksum_line("")) == "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    // Without its mark the line is a line of text.
    const bool has_mark = i < text.size() || i >= text.size() + std::string("# crc32c ").size();
    if (has_mark) CHECK_FALSE(without_checksum_line(changed));
  }
  CHECK_FALSE(without_checksum_line(whole + "step: 9\n"));
  CHECK_FALSE(without_checksum_line(whole + whole));
  // Within a line it is no mark.
  const std::string quoted = "reason: \"# crc32c 00000000\"\n";
  CHECK(without_checksum_line(quoted) == quoted);
  CHECK(without_checksum_line(with_checksum_line(quoted)) == quoted);
}
