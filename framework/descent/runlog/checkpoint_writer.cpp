#include <fmt/format.h>

#include <array>
#include <set>

#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/durable_file.hpp"

namespace descent::runlog {

using hdf5::Handle;

class CheckpointWriter::Implementation {
 public:
  explicit Implementation(const std::filesystem::path& file) : path(file) {
    guarded([&] {
      std::filesystem::remove(part_of(path));  // left by a process that was killed
      handle = hdf5::create_file(part_of(path));
      hdf5::write_attribute(handle, "schema", Value::of("descent.checkpoint"));
      hdf5::write_attribute(handle, "schema_version", Value::of(checkpoint_schema_version));
    });
  }

  ~Implementation() {
    if (committed) return;
    handle.discard();
    std::error_code ignored;
    std::filesystem::remove(part_of(path), ignored);
  }

  template <class Write>
  void guarded(Write write) const {
    const hdf5::Lock lock;
    try {
      write();
    } catch (const std::exception& failure) {
      throw RunError(
          fmt::format("cannot write the checkpoint '{}': {}", path.string(), exception_text(failure)));
    }
  }

  void put(const std::string& name, const char* kind, hid_t file_type, hid_t type,
           std::span<const hsize_t> extents, std::span<const std::byte> bytes) {
    DESCENT_ASSERT(!committed, "a committed checkpoint takes no more entries");
    DESCENT_ASSERT(names.insert(name).second, "every entry of a checkpoint has a name of its own");
    guarded([&] {
      const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                         H5Sclose, "describe " + name);
      const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "create " + name);
      hdf5::check(H5Pset_create_intermediate_group(links, 1), "create " + name);
      Handle dataset(H5Dcreate2(handle, name.c_str(), file_type, space, links, H5P_DEFAULT, H5P_DEFAULT),
                     H5Dclose, "create " + name);
      if (!bytes.empty())
        hdf5::check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "write " + name);
      hdf5::write_attribute(dataset, "kind", Value::of(kind));
      hdf5::write_checksum(dataset, bytes);
      dataset.close("write " + name);
    });
  }

  std::filesystem::path path;
  Handle handle;
  std::set<std::string> names;
  bool committed = false;
};

CheckpointWriter::CheckpointWriter(const std::filesystem::path& file)
    : implementation_(std::make_unique<Implementation>(file)) {}

CheckpointWriter::~CheckpointWriter() = default;

void CheckpointWriter::tensor(const std::string& name, const Shape& shape, std::span<const Scalar> values) {
  DESCENT_ASSERT(static_cast<std::int64_t>(values.size()) == shape.size(),
                 "a tensor has as many values as its shape says");
  std::array<hsize_t, Shape::max_rank> extents{};
  for (std::size_t i = 0; i < shape.rank(); ++i) extents[i] = static_cast<hsize_t>(shape[i]);
  const hid_t type = sizeof(Scalar) == sizeof(float) ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  implementation_->put(name, "tensor", type, hdf5::scalar_type(), std::span(extents).first(shape.rank()),
                       std::as_bytes(values));
}

void CheckpointWriter::numbers(const std::string& name, std::span<const double> values) {
  const hsize_t count = values.size();
  implementation_->put(name, "numbers", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, std::span(&count, 1),
                       std::as_bytes(values));
}

void CheckpointWriter::integers(const std::string& name, std::span<const std::int64_t> values) {
  const hsize_t count = values.size();
  implementation_->put(name, "integers", H5T_STD_I64LE, H5T_NATIVE_INT64, std::span(&count, 1),
                       std::as_bytes(values));
}

void CheckpointWriter::text(const std::string& name, std::string_view value) {
  // Bytes: any text comes back as it was, zeros in it too.
  const hsize_t count = value.size();
  implementation_->put(name, "text", H5T_STD_U8LE, H5T_NATIVE_UINT8, std::span(&count, 1),
                       std::as_bytes(std::span(value)));
}

void CheckpointWriter::commit() {
  Implementation& it = *implementation_;
  DESCENT_ASSERT(!it.committed, "a checkpoint is committed once");
  it.guarded([&] {
    hdf5::write_attribute(it.handle, "entries", Value::of(static_cast<std::int64_t>(it.names.size())));
    it.handle.close("close the file");
    // Before it replaces an older one, and the caller removes others.
    const CheckpointReader whole(part_of(it.path));
    publish_durably(it.path);
  });
  it.committed = true;
}

}  // namespace descent::runlog
