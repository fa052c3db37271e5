#include "descent/runlog/detail/array_file.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/durable_file.hpp"

namespace descent::runlog {

using hdf5::Handle;

class ArrayFile::Implementation {
 public:
  explicit Implementation(const std::filesystem::path& file) : path(file) {
    guarded([&] {
      std::filesystem::remove(part_of(path));
      handle = hdf5::create_file(part_of(path));
    });
  }

  ~Implementation() {
    if (finished) return;
    array.discard();
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
      throw RunError(fmt::format("cannot write '{}': {}", path.string(), exception_text(failure)));
    }
  }

  Handle create(const std::string& name, hid_t type, const std::vector<std::int64_t>& extents) const {
    const std::vector<hsize_t> size(extents.begin(), extents.end());
    const Handle space(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose,
                       "describe " + name);
    return {H5Dcreate2(handle, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose,
            "create " + name};
  }

  std::filesystem::path path;
  Handle handle;
  Handle array;
  std::int64_t row_size = 1;
  std::int64_t rows = 0;     // of the array
  std::int64_t written = 0;  // of them
  bool finished = false;
};

ArrayFile::ArrayFile(const std::filesystem::path& file)
    : implementation_(std::make_unique<Implementation>(file)) {}

ArrayFile::~ArrayFile() = default;

void ArrayFile::begin(const std::string& name, const std::vector<std::int64_t>& extents,
                      const Value& attributes) {
  Implementation& it = *implementation_;
  DESCENT_ASSERT(!extents.empty() && it.written == it.rows, "arrays are written whole, one after the other");
  it.guarded([&] {
    it.array.close("close an array");
    const hid_t type = sizeof(Scalar) == sizeof(float) ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
    it.array = it.create(name, type, extents);
    for (const Value::Entry& entry : attributes.entries())
      hdf5::write_attribute(it.array, entry.key, entry.value);
  });
  it.rows = extents.front();
  it.written = 0;
  it.row_size = 1;
  for (std::size_t i = 1; i < extents.size(); ++i) it.row_size *= extents[i];
}

void ArrayFile::write(std::span<const Scalar> values) {
  Implementation& it = *implementation_;
  const std::int64_t count = static_cast<std::int64_t>(values.size()) / it.row_size;
  DESCENT_ASSERT(
      count * it.row_size == static_cast<std::int64_t>(values.size()) && it.written + count <= it.rows,
      "an array takes whole rows, as many as it was begun with");
  it.guarded([&] { hdf5::write_slab(it.array, hdf5::scalar_type(), it.written, count, values.data()); });
  it.written += count;
}

void ArrayFile::integers(const std::string& name, std::span<const std::int64_t> values) {
  const Implementation& it = *implementation_;
  it.guarded([&] {
    const auto count = static_cast<std::int64_t>(values.size());
    Handle dataset = it.create(name, H5T_STD_I64LE, {count});
    hdf5::write_slab(dataset, H5T_NATIVE_INT64, 0, count, values.data());
    dataset.close("close " + name);
  });
}

void ArrayFile::finish() {
  Implementation& it = *implementation_;
  DESCENT_ASSERT(!it.finished && it.written == it.rows, "a file is finished once, with all its rows");
  it.guarded([&] {
    it.array.close("close an array");
    it.handle.close("close the file");
    publish(it.path);
  });
  it.finished = true;
}

}  // namespace descent::runlog
