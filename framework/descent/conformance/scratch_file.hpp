#pragma once

#include <filesystem>

#include "descent/base/error.hpp"

namespace descent::conformance {

/// A file in a folder of its own in the system's temporary folder, which goes away with it. Internal.
class ScratchFile {
 public:
  explicit ScratchFile(const char* name) {
    std::string pattern = (std::filesystem::temp_directory_path() / "descent_conformance_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw RunError("cannot make a folder like " + pattern);
    folder_ = pattern;
    path = folder_ / name;
  }
  ~ScratchFile() {
    std::error_code ignored;  // what is left behind in the temporary folder harms nobody
    std::filesystem::remove_all(folder_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::filesystem::path path;

 private:
  std::filesystem::path folder_;
};

}  // namespace descent::conformance
