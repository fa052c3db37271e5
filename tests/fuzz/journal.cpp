// The log's journal. The first byte: whether the checksums of its records are made right before it is read (bit 0), and whether a log
// is made from it (bit 1).
#include "descent/runlog/detail/journal.hpp"

#include <cstring>

#include "descent/base/checksum.hpp"
#include "descent/runlog/detail/journal_bytes.hpp"
#include "descent/runlog/detail/log_recovery.hpp"
#include "descent/runlog/run_files.hpp"
#include "fuzz/target.hpp"

using namespace descent;
using namespace descent::runlog;

// Gives every record the checksum of what it holds, or mutations would never get behind the first.
static void seal(std::string& bytes) {
  std::uint32_t checksum = 0;
  std::size_t at = journal::signature.size();
  while (at + journal::head_bytes <= bytes.size()) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    if (length > bytes.size() - at - journal::head_bytes) return;
    const auto record = std::as_bytes(std::span(bytes)).subspan(at, journal::head_bytes + length);
    checksum =
        crc32c(record.subspan(journal::head_bytes), crc32c(record.first(journal::checksum_at), checksum));
    std::memcpy(bytes.data() + at + journal::checksum_at, &checksum, sizeof checksum);
    at += record.size();
  }
}

static void read_journal(const std::filesystem::path& file) {
  JournalReader reader(file);
  const std::string declared = journal_declaration(reader.schema());
  std::size_t scalar_bytes = 0;
  fuzz::require(journal_declaration(schema_of_declaration(declared, scalar_bytes)) == declared,
                "a declaration that was written reads as what it was");
  while (!std::holds_alternative<std::monostate>(reader.next())) {
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (size < 1) return 0;
  std::string bytes(fuzz::text_of(data + 1, size - 1));
  if ((data[0] & 1) != 0) seal(bytes);
  const auto file = files.write(runlog::files::journal, bytes);
  fuzz::reads([&] { read_journal(file); });
  fuzz::reads([&] { lengths_in_journal(files.folder()); });
  if ((data[0] & 2) == 0) return 0;
  files.remove("made.h5");
  const auto damaged = files.write(runlog::files::log, bytes);
  fuzz::reads([&] {
    JournalReader reader(file);
    try {
      write_log_from_journal(reader, damaged, files.folder() / "made.h5");
    } catch (const RunError&) {  // HDF5 does not take what the journal declares
    }
  });
  return 0;
}
