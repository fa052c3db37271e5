#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "plugin_support.hpp"

namespace fs = std::filesystem;

/// Runs tools/fetch-data with a folder as mirror; its exit code. What it says goes to `to`/said.
static int fetch(const std::string& name, const fs::path& from, const fs::path& to) {
  const std::string command = DESCENT_SOURCE_DIR "/tools/fetch-data " + name + " --from 'file://" +
                              from.string() + "' --to '" + to.string() + "' > '" + (to / "said").string() +
                              "' 2>&1";
  return WEXITSTATUS(std::system(command.c_str()));
}

static std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("fetch-data keeps nothing of a file with another checksum") {
  const descent::testing::ScratchFolder mirror, data;
  std::ofstream(mirror.path / "cifar-10-binary.tar.gz") << "not the archive";
  CHECK(fetch("cifar-10", mirror.path, data.path) == 1);
  CHECK_THAT(text_of(data.path / "said"), Catch::Contains("is not the file it should be"));
  CHECK(fs::is_empty(data.path / "cifar-10"));
}

TEST_CASE("fetch-data says what cannot be fetched, and which data sets there are") {
  const descent::testing::ScratchFolder mirror, data;
  CHECK(fetch("mnist", mirror.path, data.path) == 1);
  CHECK_THAT(text_of(data.path / "said"), Catch::Contains("train-images-idx3-ubyte.gz cannot be fetched"));
  CHECK(fetch("mnits", mirror.path, data.path) == 2);
  CHECK_THAT(text_of(data.path / "said"), Catch::Contains("'fashion-mnist'"));
}

TEST_CASE("fetch-data puts MNIST where a data set finds it, and mends a damaged file") {
  const char* data_folder = std::getenv("DESCENT_DATA");
  if (data_folder == nullptr) {
    WARN("skipped: DESCENT_DATA names no folder with MNIST");
    return;
  }
  const descent::testing::ScratchFolder data;
  fs::create_directory(data.path / "mnist");
  std::ofstream(data.path / "mnist/t10k-labels-idx1-ubyte.gz") << "damaged";
  REQUIRE(fetch("mnist", fs::path(data_folder) / "mnist", data.path) == 0);
  const auto mnist =
      open_dataset("idx_images", {{"path", descent::Value::of((data.path / "mnist").string())}});
  CHECK(mnist->size(descent::Split::test) == 10000);
  REQUIRE(fetch("mnist", "/nowhere", data.path) == 0);
  CHECK_THAT(text_of(data.path / "said"), Catch::Contains("already there"));
}
