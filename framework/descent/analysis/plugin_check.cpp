#include "descent/analysis/plugin_check.hpp"

#include <filesystem>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"

namespace descent::analysis {

const char* text(LibraryNow now) {
  switch (now) {
    case LibraryNow::same:
      return "same";
    case LibraryNow::changed:
      return "changed";
    case LibraryNow::missing:
      return "missing";
  }
  return "";
}

LibraryNow library_now(const runlog::PluginRow& row) {
  try {
    return sha256_of_file(row.path) == row.sha256 ? LibraryNow::same : LibraryNow::changed;
  } catch (const Error&) {  // it cannot be read
    return LibraryNow::missing;
  }
}

}  // namespace descent::analysis
