#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "array_file.hpp"

namespace descent {

/// The datasets of an HDF5 file, by their paths without the first slash: `train/images`. They are read by hyperslabs of
/// consecutive rows. Throws Error, with the file's path, when it cannot be read, then or later.
class Hdf5File final : public ArrayFile {
 public:
  explicit Hdf5File(const std::filesystem::path& path);
  ~Hdf5File() override;
  std::vector<std::string> names() const override { return names_; }
  std::unique_ptr<StoredArray> open(const std::string& name) const override;

 private:
  std::filesystem::path path_;
  std::int64_t file_ = -1;
  std::vector<std::string> names_;
};

}  // namespace descent
