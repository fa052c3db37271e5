#pragma once

#include <filesystem>
#include <string>

#include "descent/base/api.hpp"

namespace descent {

/// An empty folder of its own in the system's folder for temporary files, removed with the object.
class DESCENT_API TemporaryFolder {
 public:
  /// Its name begins with `prefix`. Throws RunError when it cannot be made.
  explicit TemporaryFolder(const std::string& prefix = "descent");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace descent
