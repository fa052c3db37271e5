#include "descent/archive/npz_file.hpp"

#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"
#include "zip_archive.hpp"

using namespace conformance_test;
using Catch::Matchers::Contains;
using descent::archive::NpzFile;
using descent::testing::error_of;
using descent::testing::ScratchFolder;

static const std::vector<double> numbers = {1.5, -2, 0, 1e-300, 4, 5};

static std::string archive(bool deflated) {
  const std::vector<std::int64_t> steps = {50};
  const std::vector<float> one = {0.25F};
  return zip({{"matrix/start.npy", npy("<f8", "(2, 3)", bytes_of(numbers))},
              {"steps.npy", npy("<i8", "(1,)", bytes_of(steps))},
              {"number.npy", npy("<f4", "()", bytes_of(one))}},
             deflated);
}

TEST_CASE("arrays are read as numpy saves them, stored and deflated") {
  const ScratchFolder folder;
  for (const bool deflated : {false, true}) {
    write_file(folder.path / "a.npz", archive(deflated));
    const NpzFile file(folder.path / "a.npz");
    CHECK(file.names() == std::vector<std::string>{"matrix/start", "steps", "number"});
    CHECK(file.array("matrix/start").extents == std::vector<std::int64_t>{2, 3});
    CHECK(file.array("matrix/start").numbers() == numbers);
    CHECK(file.array("steps").numbers() == std::vector<double>{50});
    CHECK(file.array("number").extents.empty());
    CHECK(file.array("number").numbers() == std::vector<double>{0.25});
    CHECK_THAT(error_of([&] { file.array("stps"); }),
               Contains("there is no array 'stps'; did you mean 'steps'?"));
  }
}

TEST_CASE("an array that is none of those that are read is refused with what it is") {
  const ScratchFolder folder;
  const auto refusal = [&](const std::string& content) {
    write_file(folder.path / "a.npz", zip({{"a.npy", content}}, false));
    return error_of([&] { NpzFile(folder.path / "a.npz").array("a"); });
  };
  const std::string six = bytes_of(numbers);
  CHECK(refusal(npy("<f8", "(2, 3)", six)) == "no error");
  CHECK(refusal(npy(">f8", "(2, 3)", six)) == "no error");
  CHECK(refusal(npy("<f8", "(3, 2)", six, "True")) == "no error");
  CHECK_THAT(refusal(npy("<U5", "(2, 3)", six)),
             Contains("the array 'a' holds elements of numpy's type '<U5'"));
  CHECK_THAT(refusal(npy("<f8", "(2, 4)", six)), Contains("is cut short"));
  CHECK_THAT(refusal(npy("<f8", "(-2, 3)", six)), Contains("damaged header"));
  CHECK_THAT(refusal(npy("<f8", "(99999999999, 99999999999)", six)),
             Contains("more bytes than a file can hold"));
  CHECK(refusal(npy("<f8", "(1, 1, 1, 1, 1, 1, 6)", six)) == "no error");
  CHECK_THAT(refusal("PNG"), Contains("is no .npy file"));
}

TEST_CASE("what is no archive is refused by its path") {
  const ScratchFolder folder;
  const auto refusal = [&](const std::string& bytes) {
    write_file(folder.path / "a.npz", bytes);
    return error_of([&] { NpzFile(folder.path / "a.npz"); });
  };
  CHECK_THAT(refusal(""), Contains("a.npz: this is no .npz file, or it is cut short"));
  CHECK_THAT(refusal("name,value\n"), Contains("this is no .npz file"));
  CHECK_THAT(refusal(std::string(70000, 'P')), Contains("this is no .npz file"));
  CHECK_THAT(error_of([&] { NpzFile(folder.path / "none.npz"); }), Contains("there is no such file"));
  CHECK_THAT(error_of([&] { NpzFile file(folder.path); }), Contains("this is a directory"));
}

TEST_CASE("a damaged archive is an error, or what is read of it is what was saved") {
  const ScratchFolder folder;
  const auto read = [&](const std::string& bytes) {
    write_file(folder.path / "a.npz", bytes);
    return error_of([&] {
      const NpzFile file(folder.path / "a.npz");
      if (file.has("matrix/start")) {
        const descent::ElementArray start = file.array("matrix/start");
        CHECK(start.numbers() == numbers);
        CHECK(start.extents == std::vector<std::int64_t>{2, 3});
      }
      for (const std::string& name : file.names()) file.array(name);
    });
  };
  for (const bool deflated : {false, true}) {
    const std::string whole = zip({{"matrix/start.npy", npy("<f8", "(2, 3)", bytes_of(numbers))}}, deflated);
    REQUIRE(read(whole) == "no error");
    int refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length)
      CHECK(read(whole.substr(0, length)) != "no error");
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const int flip : {0x01, 0xff}) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ flip);
        refused += read(damaged) != "no error" ? 1 : 0;
      }
    }
    // What is never read, such as times, may change.
    CHECK(refused > static_cast<int>(whole.size()));
  }
}
