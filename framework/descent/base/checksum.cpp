#include "descent/base/checksum.hpp"

#include <fmt/format.h>
// The newer interface looks its algorithms up at run time: all of libcrypto would be loaded and set up at
// every start of the program, which takes 4 ms. Of the static library this one links three functions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "descent/base/error.hpp"

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace descent {

namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  constexpr std::uint32_t reflected_polynomial = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
    table[byte] = crc;
  }
  return table;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes,
                                                                      std::uint32_t before) {
  std::uint64_t crc = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  auto tail = static_cast<std::uint32_t>(crc);
  for (; left > 0; ++at, --left) tail = _mm_crc32_u8(tail, std::to_integer<unsigned char>(*at));
  return ~tail;
}
#endif

class Sha256 {
 public:
  Sha256() { check(SHA256_Init(&context_) == 1); }
  void add(const void* bytes, std::size_t count) { check(SHA256_Update(&context_, bytes, count) == 1); }
  std::string digits() {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    check(SHA256_Final(digest.data(), &context_) == 1);
    return fmt::format("{:02x}", fmt::join(digest, ""));
  }

 private:
  static void check(bool succeeded) {
    if (!succeeded) throw RunError("OpenSSL's libcrypto cannot compute SHA-256");
  }
  SHA256_CTX context_{};
};

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before) {
  static constexpr std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = ~before;
  for (const std::byte byte : bytes)
    crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_instruction(bytes, before);
#endif
  return crc32c_by_table(bytes, before);
}

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.add(text.data(), text.size());
  return hash.digits();
}

std::string sha256_of_file(const std::filesystem::path& file) {
  const auto fail = [&] {
    throw Error(fmt::format("cannot read '{}': {}", file.string(), std::strerror(errno)));
  };
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail();
  Sha256 hash;
  std::vector<char> buffer(1 << 16);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || stream.gcount() > 0)
    hash.add(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || !stream.eof()) fail();
  return hash.digits();
}

}  // namespace descent
