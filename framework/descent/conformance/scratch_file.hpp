#pragma once

#include <filesystem>

#include "descent/base/temporary_folder.hpp"

namespace descent::conformance {

/// A file in a temporary folder of its own, which goes away with it. Internal.
class ScratchFile {
 public:
  explicit ScratchFile(const char* name) : folder_("descent_conformance"), path(folder_.path() / name) {}

 private:
  TemporaryFolder folder_;

 public:
  const std::filesystem::path path;
};

}  // namespace descent::conformance
