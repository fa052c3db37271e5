// What `descent verify --repair` and `descent pack` make of a damaged log.
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/log_repair.hpp"
#include "fuzz/hdf5_file.hpp"
#include "runlog/example.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto make = [](const std::filesystem::path& file) { write_example(file.parent_path(), 30); };
  files.clear();
  if (!fuzz::write_hdf5(files, "log.h5", data, size, make)) return 0;
  const auto packed = files.folder() / "packed.h5";
  const bool whole = fuzz::reads([&] { runlog::pack_log(files.folder() / "log.h5", packed); });
  fuzz::reads([&] {
    runlog::repair_log(files.folder());
    fuzz::require(runlog::log_is_whole(files.folder()), "a log that was repaired is whole");
  });
  if (whole) {
    std::filesystem::rename(packed, files.folder() / "log.h5");
    fuzz::require(runlog::log_is_whole(files.folder()), "a log that was packed is whole");
  }
  return 0;
}
