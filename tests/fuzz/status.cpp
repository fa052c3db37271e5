// status.yaml: as it is, and with the checksum of what it says.
#include "descent/base/checksum_line.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"
#include "fuzz/target.hpp"

using namespace descent;

static void read_status(fuzz::Files& files, std::string_view text) {
  files.write(runlog::files::status, text);
  fuzz::reads([&] {
    const auto state = runlog::read_status(files.folder());
    fuzz::require(state.has_value(), "a status that is there is read or refused");
    // Seconds are rounded when they are written, and bytes that are no UTF-8 replaced.
    runlog::write_status(files.folder(), *state);
    const auto once = runlog::read_status(files.folder());
    runlog::write_status(files.folder(), *once);
    fuzz::require(runlog::read_status(files.folder()) == once,
                  "a status that was written reads as what it was");
  });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const std::string_view text = fuzz::text_of(data, size);
  read_status(files, text);
  read_status(files, with_checksum_line(std::string(text.substr(0, text.find("# crc32c ")))));
  return 0;
}
