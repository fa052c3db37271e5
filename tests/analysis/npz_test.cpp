#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "descent/analysis/npz_writer.hpp"
#include "descent/base/error.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
namespace fs = std::filesystem;

TEST_CASE("arrays are read by others as they were written") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "arrays.npz";
  {
    analysis::NpzWriter out(file);
    const std::vector<std::int64_t> steps = {1, 2, -3};
    out.begin("steps", analysis::NpyType::int64, {3});
    out.write(steps);
    out.begin("a/b", analysis::NpyType::float32, {2, 1, 2});
    const std::vector<double> first = {0.5, 1.5}, second = {2.5, -0.0};
    out.write(first);
    out.write(second);
    out.begin("one", analysis::NpyType::float64, {});
    const std::vector<double> one = {0.1};
    out.write(one);
    out.begin("none", analysis::NpyType::float64, {0, 4});
    CHECK_FALSE(fs::exists(file));
    out.finish();
  }
  CHECK(fs::exists(file));
  CHECK_FALSE(fs::exists(folder.path / "arrays.npz.part"));
  const std::string command =
      "/usr/bin/python3 " + std::string(DESCENT_SOURCE_DIR) + "/tests/analysis/read_npz.py " + file.string();
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("an archive that was not finished leaves nothing, and what was there stays") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "arrays.npz";
  const auto write = [&](bool finish) {
    analysis::NpzWriter out(file);
    out.begin("one", analysis::NpyType::float64, {});
    const std::vector<double> one = {0.1};
    out.write(one);
    if (finish) out.finish();
  };
  write(false);
  CHECK(fs::is_empty(folder.path));
  write(true);
  const auto size = fs::file_size(file);
  write(false);
  CHECK(fs::file_size(file) == size);
  CHECK_THROWS_AS(analysis::NpzWriter(folder.path / "nowhere" / "arrays.npz"), RunError);
}

TEST_CASE("an array of more than 4 GiB is read by others", "[slow]") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "large.npz";
  if (fs::space(folder.path).available < (std::uintmax_t{6} << 30)) {
    WARN("not tested: less than 6 GiB of room in " << folder.path);
    return;
  }
  {
    analysis::NpzWriter out(file);
    constexpr std::int64_t rows = 513, row = std::int64_t{1} << 20;  // of 8 bytes
    const std::vector<double> numbers(row, 1.5);
    out.begin("large", analysis::NpyType::float64, {rows, row});
    for (std::int64_t i = 0; i < rows; ++i) out.write(numbers);
    const std::vector<double> seven = {7};
    out.begin("behind", analysis::NpyType::float64, {1});
    out.write(seven);
    out.finish();
  }
  const std::string command =
      "/usr/bin/python3 -c \"import zipfile, struct, sys; z = zipfile.ZipFile(sys.argv[1]); "
      "assert z.getinfo('large.npy').file_size == 128 + 513 * 2**23; "
      "assert struct.unpack('<d', z.read('behind.npy')[-8:]) == (7.0,); "
      "f = z.open('large.npy'); assert f.read(136)[-8:] == struct.pack('<d', 1.5)\" " +
      file.string();
  CHECK(std::system(command.c_str()) == 0);
}
