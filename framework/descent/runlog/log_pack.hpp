#pragma once

#include <cstdint>
#include <filesystem>

#include "descent/base/api.hpp"

namespace descent::runlog {

/// Bytes of a log and of its packed copy.
struct PackedSize {
  std::uintmax_t before = 0;
  std::uintmax_t after = 0;
};

/// Writes a compressed copy (gzip with shuffle) of a finished log to `packed`, which may be the log itself:
/// the copy is made beside it, compared with it value by value, put on the disk and renamed. It is read like
/// any log; what it cannot do is grow.
///
/// Throws Error when the log is not closed or is damaged, or when `packed` is another file that exists;
/// RunError when the copy cannot be written.
DESCENT_API PackedSize pack_log(const std::filesystem::path& log, const std::filesystem::path& packed);

/// Writes what a log holds now, of a run that is going on too, into the file `copy`, which any program can open. The copy is compared
/// with the log's checksums as it is made, and replaces an older file of its name as a whole.
///
/// Throws Error when there is no log, when it is damaged, or when `copy` is the log itself; RunError when the copy cannot be
/// written.
DESCENT_API void copy_log(const std::filesystem::path& log, const std::filesystem::path& copy);

}  // namespace descent::runlog
