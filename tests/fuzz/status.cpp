// status.yaml.
#include "descent/base/checksum.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  files.write(runlog::files::status, fuzz::text_of(data, size));
  fuzz::reads([&] {
    const auto state = runlog::read_status(files.folder());
    fuzz::require(state.has_value(), "a status that is there is read or refused");
    runlog::write_status(files.folder(), *state);
    fuzz::require(runlog::read_status(files.folder()) == state, "a status that was written reads as what it was");
  });
  return 0;
}
