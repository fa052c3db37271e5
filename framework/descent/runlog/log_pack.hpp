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

}  // namespace descent::runlog
