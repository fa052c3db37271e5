#include "hdf5_file.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

namespace {

/// Closes an object of HDF5's.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// What HDF5 says of its last error: the innermost reason.
std::string reason() {
  std::string text = "for an unknown reason";
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned place, const H5E_error2_t* error, void* out) -> herr_t {
        if (place == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
        return 0;
      },
      &text);
  return text;
}

struct NativeType {
  Element element;
  hid_t memory;
};

NativeType integer_type(std::size_t size, bool is_signed) {
  if (size == 1)
    return is_signed ? NativeType{Element::int8, H5T_NATIVE_INT8}
                     : NativeType{Element::uint8, H5T_NATIVE_UINT8};
  if (size == 2)
    return is_signed ? NativeType{Element::int16, H5T_NATIVE_INT16}
                     : NativeType{Element::uint16, H5T_NATIVE_UINT16};
  if (size <= 4)
    return is_signed ? NativeType{Element::int32, H5T_NATIVE_INT32}
                     : NativeType{Element::uint32, H5T_NATIVE_UINT32};
  return is_signed ? NativeType{Element::int64, H5T_NATIVE_INT64}
                   : NativeType{Element::uint64, H5T_NATIVE_UINT64};
}

// HDF5 converts half precision, and the byte order, as it reads.
NativeType native_type(const std::string& title, hid_t type) {
  const std::size_t size = H5Tget_size(type);
  const char* what = "something else";
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return integer_type(size, H5Tget_sign(type) == H5T_SGN_2);
    case H5T_FLOAT:
      if (size <= 4) return {Element::float32, H5T_NATIVE_FLOAT};
      if (size <= 8) return {Element::float64, H5T_NATIVE_DOUBLE};
      what = "floats of more than 64 bits";
      break;
    case H5T_ENUM:
      what = "words of an enumeration";
      // h5py's booleans. Read as what they are stored as, they are 0 and 1.
      if (size == 1 && H5Tget_nmembers(type) == 2) return {Element::boolean, H5I_INVALID_HID};
      break;
    case H5T_STRING:
      what = "texts";
      break;
    case H5T_COMPOUND:
      what = "records (or complex numbers)";
      break;
    case H5T_VLEN:
      what = "lists of various lengths";
      break;
    default:
      break;
  }
  throw Error(
      fmt::format("{} holds {}; integers and floats of up to 64 bits, and booleans, are read", title, what));
}

// Whether what a data set says of itself can be: no more bytes than 64 bits count, and, where they are many, no more than the file can
// hold. Of HDF5's own filters for any data, deflate makes the least of its input, 1/1032; of others nothing is known.
bool is_plausible(hid_t dataset, hid_t creation, std::uint64_t element_bytes,
                  const std::vector<hsize_t>& sizes) {
  constexpr std::uint64_t always_plausible = std::uint64_t{1} << 30, most_for_a_byte = 1100;
  std::uint64_t bytes = std::max<std::uint64_t>(element_bytes, sizeof(double));
  for (const hsize_t size : sizes)
    if (__builtin_mul_overflow(bytes, std::uint64_t{size}, &bytes) || bytes > std::uint64_t{1} << 62)
      return false;
  for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      return true;
  }
  return bytes <= always_plausible || bytes / most_for_a_byte <= H5Dget_storage_size(dataset);
}

class Hdf5Array final : public StoredArray {
 public:
  Hdf5Array(std::string its_title, Handle dataset, Handle type)
      : dataset_(std::move(dataset)), type_(std::move(type)) {
    title = std::move(its_title);
    const NativeType native = native_type(title, type_.get());
    element = native.element;
    memory_ = native.memory == H5I_INVALID_HID ? type_.get() : native.memory;
    const Handle space(H5Dget_space(dataset_.get()), H5Sclose);
    std::vector<hsize_t> sizes(
        static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
    if (sizes.empty())
      throw Error(fmt::format("{} is a single value; an array of examples has one row for each", title));
    H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
    const Handle creation(H5Dget_create_plist(dataset_.get()), H5Pclose);
    if (!is_plausible(dataset_.get(), creation.get(), element_size(element), sizes))
      throw Error(fmt::format("{} is damaged: it announces more numbers than its file can hold", title));
    extents.assign(sizes.begin(), sizes.end());
    if (H5Pget_layout(creation.get()) == H5D_VIRTUAL || H5Pget_external_count(creation.get()) != 0)
      throw Error(fmt::format(
          "{} has its numbers in another file, which is not followed; copy the array itself into this "
          "file",
          title));
    std::vector<hsize_t> chunk(sizes.size());
    if (H5Pget_layout(creation.get()) == H5D_CHUNKED &&
        H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) > 0)
      chunk_rows_ = static_cast<std::int64_t>(chunk[0]);
  }

  std::int64_t rows_together() const override { return chunk_rows_; }

  void read(std::int64_t begin, std::int64_t count, std::byte* out) const override {
    std::vector<hsize_t> start(extents.size(), 0), size(extents.begin(), extents.end());
    start[0] = static_cast<hsize_t>(begin);
    size[0] = static_cast<hsize_t>(count);
    const Handle space(H5Dget_space(dataset_.get()), H5Sclose);
    const Handle rows(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
    const bool right =
        H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) >= 0 &&
        H5Dread(dataset_.get(), memory_, rows.get(), space.get(), H5P_DEFAULT, out) >= 0;
    if (!right)
      throw Error(
          SourceLocation{},
          fmt::format("rows {} to {} of {} cannot be read: {}", begin, begin + count - 1, title, reason()),
          codes::unreadable);
  }

 private:
  Handle dataset_, type_;
  hid_t memory_;
  std::int64_t chunk_rows_ = 1;
};

// Of groups in one another: HDF5's walk through them takes time with the square of that.
constexpr std::ptrdiff_t deepest = 64;

}  // namespace

Hdf5File::Hdf5File(const std::filesystem::path& path) : path_(path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // what goes wrong is thrown, not printed
  if (!std::filesystem::exists(path)) throw Error(fmt::format("there is no file '{}'", path.string()));
  if (std::filesystem::is_other(std::filesystem::status(path)))
    throw Error(fmt::format("'{}' is no regular file", path.string()));
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0)
    throw Error(SourceLocation{}, fmt::format("'{}' cannot be read as HDF5: {}", path.string(), reason()),
                codes::unreadable);
  const herr_t visited = H5Ovisit2(
      file_, H5_INDEX_NAME, H5_ITER_NATIVE,
      [](hid_t, const char* name, const H5O_info_t* info, void* out) -> herr_t {
        if (std::count(name, name + std::strlen(name), '/') > deepest) return 1;  // the end
        if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
      },
      &names_, H5O_INFO_BASIC);
  if (visited > 0)
    throw Error(fmt::format("'{}' holds groups that are in more than {} others", path.string(), deepest));
  std::sort(names_.begin(), names_.end());
}

Hdf5File::~Hdf5File() {
  if (file_ >= 0) H5Fclose(file_);
}

std::unique_ptr<StoredArray> Hdf5File::open(const std::string& name) const {
  const std::string array = name.starts_with('/') ? name.substr(1) : name;
  if (std::find(names_.begin(), names_.end(), array) == names_.end())
    throw Error(fmt::format("'{}' holds no array '{}'; it holds {}", path_.string(), array,
                            names_.empty() ? "none" : join(names_)));
  Handle dataset(H5Dopen2(file_, array.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset.get() < 0)
    throw Error(fmt::format("'{}' of '{}' cannot be opened: {}", array, path_.string(), reason()));
  Handle type(H5Dget_type(dataset.get()), H5Tclose);
  return std::make_unique<Hdf5Array>(fmt::format("'{}' of '{}'", array, path_.filename().string()),
                                     std::move(dataset), std::move(type));
}

}  // namespace descent
