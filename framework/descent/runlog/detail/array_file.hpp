#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"
#include "descent/config/value.hpp"

namespace descent::runlog {

/// Writes named arrays to an HDF5 file, for other programs: `h5py.File(path)["image"]`. What is written is in
/// `FILE.part` until finish() gives it its name.
///
/// Throws RunError when it cannot be written.
class DESCENT_API ArrayFile {
 public:
  explicit ArrayFile(const std::filesystem::path& file);
  /// Without finish() before: removes what was written.
  ~ArrayFile();
  ArrayFile(const ArrayFile&) = delete;
  ArrayFile& operator=(const ArrayFile&) = delete;

  /// Begins an array of scalars, `extents`, whose rows follow by write(); `attributes` is a map of texts and
  /// numbers.
  void begin(const std::string& name, const std::vector<std::int64_t>& extents, const Value& attributes);
  /// The next rows, row-major.
  void write(std::span<const Scalar> values);
  /// A whole array of one dimension.
  void integers(const std::string& name, std::span<const std::int64_t> values);

  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace descent::runlog
