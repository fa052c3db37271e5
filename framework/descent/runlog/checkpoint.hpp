#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"
#include "descent/tensor/shape.hpp"

namespace descent::runlog {

/// The version this library writes, and the newest it reads. Versions differ in what the entries mean, not in
/// how they are stored:
/// - 1: Descent 0.1.
/// - 2: since Descent 0.2, where layers, likelihoods and batch statistics are others.
inline constexpr std::int64_t checkpoint_schema_version = 2;

/// Writes a checkpoint: an HDF5 file of named entries, each with the CRC-32C of its bytes. Names are paths
/// (`slots/2_adam.first_moment/generator.0.weight`); the caller decides what they mean. The file is written
/// as `FILE.part` and has its name only once it is whole and on the disk.
///
/// Throws RunError when it cannot be written. A name used twice, or one that is also the beginning of
/// another's path, is a programmer's mistake.
class DESCENT_API CheckpointWriter {
 public:
  explicit CheckpointWriter(const std::filesystem::path& file);
  /// Without commit() before: removes what was written.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Scalars, row-major.
  void tensor(const std::string& name, const Shape& shape, std::span<const Scalar> values);
  void numbers(const std::string& name, std::span<const double> values);
  void integers(const std::string& name, std::span<const std::int64_t> values);
  void text(const std::string& name, std::string_view value);

  /// Reads the file back, with all checksums, puts it on the disk (fsync) and in its place, where it replaces an
  /// older one.
  void commit();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// What a reader of checkpoints takes.
enum class CheckpointSchemas {
  current,  ///< what can be loaded
  all,      ///< older ones too, of which no more than the checksums can be relied on
};

/// Reads a checkpoint. Everything is checked against its checksum before the first entry is handed out, so
/// that a state is never half loaded.
///
/// Throws Error that names the file, and the entry: the file is missing, no checkpoint, cut short, damaged,
/// or of a schema that is not taken; an entry is missing, of another kind, or of another shape or scalar type
/// than is asked for.
class DESCENT_API CheckpointReader {
 public:
  explicit CheckpointReader(const std::filesystem::path& file,
                            CheckpointSchemas schemas = CheckpointSchemas::current);
  ~CheckpointReader();
  CheckpointReader(CheckpointReader&&) noexcept;
  CheckpointReader& operator=(CheckpointReader&&) noexcept;

  bool has(std::string_view name) const;
  /// The names that begin with `prefix`, sorted.
  std::vector<std::string> names(std::string_view prefix = "") const;

  /// The shape of a tensor.
  Shape shape(std::string_view name) const;
  /// Fills `values` with a tensor that was written with this shape and scalar type.
  void tensor(std::string_view name, const Shape& shape, std::span<Scalar> values) const;
  std::vector<double> numbers(std::string_view name) const;
  std::vector<std::int64_t> integers(std::string_view name) const;
  std::string text(std::string_view name) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace descent::runlog
