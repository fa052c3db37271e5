#include "descent/base/exception_text.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/base/temporary_folder.hpp"

using Catch::Contains;
using descent::exception_text;
namespace fs = std::filesystem;

template <class Call>
static std::string text_of(const Call& call, bool about_a_path = true) {
  try {
    call();
  } catch (const std::exception& exception) {
    CHECK(descent::is_about_a_path(exception) == about_a_path);
    return exception_text(exception);
  }
  return "nothing was thrown";
}

TEST_CASE("what the standard library says of files becomes a sentence") {
  const descent::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  std::ofstream(file) << "x";
  const std::string below = text_of([&] { fs::create_directories(file / "below/it"); });
  CHECK_THAT(below, Contains("cannot create directories '" + (file / "below/it").string() + "'"));
  CHECK_THAT(below, Contains("a part of this path is a file, not a folder"));
  CHECK(below.find("filesystem error") == std::string::npos);
  CHECK_THAT(text_of([&] { fs::rename(folder.path() / "none", folder.path() / "other"); }),
             Contains("none' to '") && Contains(": no such file or directory"));
  CHECK(text_of([] { throw std::runtime_error("anything else"); }, false) == "anything else");
  CHECK(
      text_of(
          [] { throw fs::filesystem_error("no space", std::make_error_code(std::errc::no_space_on_device)); },
          false)
          .find("filesystem error") == std::string::npos);
}

TEST_CASE("an error's text does not end at a NUL of the data that it quotes") {
  const std::string quoting("the cell '2\0' is no number", 26);
  CHECK(std::string(descent::Error(quoting).what()) == "the cell '2\\0' is no number");
  CHECK(std::string(descent::RunError(quoting).what()) == "the cell '2\\0' is no number");
}

TEST_CASE("a prefix is put before a message once") {
  const descent::Error error("model 'gan': is wrong");
  CHECK(std::string(error.within({}, "model 'gan': ").what()) == "model 'gan': is wrong");
}
