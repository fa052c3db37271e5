#include "fuzz/hdf5_edits.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "descent/base/checksum.hpp"
#include "descent/runlog/detail/hdf5.hpp"

namespace descent::fuzz {

namespace {

using runlog::hdf5::Handle;

/// The bytes of an input, taken one after the other; zeros where they are used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool used_up() const { return bytes_.empty(); }
  std::size_t below(std::size_t count) {
    if (bytes_.empty() || count == 0) return 0;
    const std::size_t chosen = bytes_.front() % count;
    bytes_ = bytes_.subspan(1);
    return chosen;
  }
  template <class Items>
  const auto& one_of(const Items& items) {
    return items[below(std::size(items))];
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

// A handle that may be invalid: an edit that HDF5 refuses changes nothing.
Handle maybe(hid_t id, Handle::Closer closer) {
  return id < 0 ? Handle() : Handle(id, closer, "edit");
}

std::vector<std::string> objects_of(hid_t file) {
  std::vector<std::string> names;
  H5Ovisit2(
      file, H5_INDEX_NAME, H5_ITER_INC,
      [](hid_t, const char* name, const H5O_info_t*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->emplace_back(name);
        return 0;
      },
      &names, H5O_INFO_BASIC);
  return names;
}

// What our files call their attributes, and a name that none has.
constexpr std::array attributes = {
    "schema",         "schema_version", "run_id",  "status",    "kind",
    "crc32c",         "entries",        "columns", "name",      "units",
    "CLASS",          "long_name",      "note",    "direction", "IMAGE_MINMAXRANGE",
    "REFERENCE_LIST", "other"};

Handle new_type(Choices& choices) {
  const std::array plain = {H5T_STD_I8LE,   H5T_STD_U8LE,   H5T_STD_I16BE,      H5T_STD_I32LE,
                            H5T_STD_U32LE,  H5T_STD_I64LE,  H5T_STD_U64LE,      H5T_STD_B8LE,
                            H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_NATIVE_LDOUBLE, H5T_STD_REF_OBJ};
  constexpr std::size_t others = 7;
  const std::size_t choice = choices.below(plain.size() + others);
  if (choice < plain.size()) return maybe(H5Tcopy(plain[choice]), H5Tclose);
  switch (choice - plain.size()) {
    case 0: {
      Handle text = maybe(H5Tcopy(H5T_C_S1), H5Tclose);
      H5Tset_size(text, 1 + choices.below(64));
      return text;
    }
    case 1: {
      Handle text = maybe(H5Tcopy(H5T_C_S1), H5Tclose);
      H5Tset_size(text, H5T_VARIABLE);
      return text;
    }
    case 2: {
      Handle compound = maybe(H5Tcreate(H5T_COMPOUND, 12), H5Tclose);
      H5Tinsert(compound, "name", 0, H5T_NATIVE_INT);
      H5Tinsert(compound, "kind", 4, H5T_NATIVE_DOUBLE);
      return compound;
    }
    case 3: {
      Handle words = maybe(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
      for (std::int8_t word = 0; word < 2; ++word) H5Tenum_insert(words, word == 0 ? "FALSE" : "TRUE", &word);
      return words;
    }
    case 4:
      return maybe(H5Tvlen_create(H5T_NATIVE_INT), H5Tclose);
    case 5: {
      const hsize_t extent = 1 + choices.below(8);
      return maybe(H5Tarray_create2(H5T_NATIVE_INT, 1, &extent), H5Tclose);
    }
    default:
      return maybe(H5Tcreate(H5T_OPAQUE, 1 + choices.below(32)), H5Tclose);
  }
}

constexpr std::array<hsize_t, 10> lengths = {
    0, 1, 2, 3, 17, 1000, 1 << 20, hsize_t{1} << 32, hsize_t{1} << 48, hsize_t{1} << 62};

Handle new_space(Choices& choices, bool small) {
  const std::size_t rank = choices.below(12);
  if (rank == 10) return maybe(H5Screate(H5S_SCALAR), H5Sclose);
  if (rank == 11) return maybe(H5Screate(H5S_NULL), H5Sclose);
  std::vector<hsize_t> extents(std::max<std::size_t>(rank, 1));
  for (hsize_t& extent : extents) extent = lengths[choices.below(small ? 4 : lengths.size())];
  return maybe(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
}

void copy_attributes(hid_t from, hid_t to) {
  for (const std::string& name : runlog::hdf5::attribute_names(from)) {
    const Handle attribute = maybe(H5Aopen(from, name.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle type = maybe(H5Aget_type(attribute), H5Tclose),
                 space = maybe(H5Aget_space(attribute), H5Sclose);
    const std::size_t bytes = H5Aget_storage_size(attribute);
    if (bytes > 4096 || H5Tdetect_class(type, H5T_VLEN) > 0) continue;
    std::vector<std::byte> values(std::max<std::size_t>(bytes, 64));
    H5Aread(attribute, type, values.data());
    const Handle copy = maybe(H5Acreate2(to, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    H5Awrite(copy, type, values.data());
  }
}

void replace_dataset(hid_t file, const std::string& name, Choices& choices) {
  const Handle old = maybe(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const Handle type = new_type(choices), space = new_space(choices, false);
  const Handle creation = maybe(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank > 0 && choices.below(2) == 1) {
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    H5Sget_simple_extent_dims(space, chunk.data(), nullptr);
    for (hsize_t& extent : chunk) extent = std::clamp<hsize_t>(extent, 1, 16);
    H5Pset_chunk(creation, rank, chunk.data());
    if (choices.below(2) == 1) H5Pset_deflate(creation, 1);
  }
  const Handle dataset =
      maybe(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  if (old >= 0 && dataset >= 0) copy_attributes(old, dataset);
}

void replace_attribute(hid_t file, const std::string& name, Choices& choices) {
  const Handle object = maybe(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
  const char* attribute = choices.one_of(attributes);
  H5Adelete(object, attribute);
  if (choices.below(4) == 0) return;
  const Handle type = new_type(choices), space = new_space(choices, true);
  const Handle made = maybe(H5Acreate2(object, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (made < 0 || H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tis_variable_str(type) > 0) return;
  std::vector<std::uint8_t> values(std::max<std::size_t>(H5Aget_storage_size(made), 64));
  if (values.size() > 4096) return;
  for (std::size_t i = 0; i < 16 && i < values.size(); ++i)
    values[i] = static_cast<std::uint8_t>(choices.below(256));
  H5Awrite(made, type, values.data());
}

// Small enough that its bytes may be looked at.
bool is_small(hid_t dataset) {
  const Handle type = maybe(H5Dget_type(dataset), H5Tclose), space = maybe(H5Dget_space(dataset), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  return count >= 0 && count < 4096 && H5Tget_size(type) < 256 && H5Tdetect_class(type, H5T_VLEN) <= 0 &&
         H5Tis_variable_str(type) <= 0 && H5Tdetect_class(type, H5T_REFERENCE) <= 0;
}

void rewrite_values(hid_t file, const std::string& name, Choices& choices) {
  const Handle dataset = maybe(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset < 0 || !is_small(dataset)) return;
  const Handle type = maybe(H5Dget_type(dataset), H5Tclose), space = maybe(H5Dget_space(dataset), H5Sclose);
  std::vector<std::uint8_t> values(
      static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type) + 64);
  H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  for (std::size_t count = 1 + choices.below(8); count-- > 0;) {
    const std::size_t at = choices.below(256);
    values[at % values.size()] = static_cast<std::uint8_t>(choices.below(256));
  }
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

// So that readers get behind the comparison.
void right_checksum(hid_t file, const std::string& name) {
  const Handle dataset = maybe(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset < 0 || !is_small(dataset)) return;
  const Handle type = maybe(H5Dget_type(dataset), H5Tclose), space = maybe(H5Dget_space(dataset), H5Sclose);
  std::vector<std::byte> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) *
                                H5Tget_size(type));
  if (!values.empty() && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) return;
  H5Adelete(dataset, "crc32c");
  runlog::hdf5::write_checksum(dataset, values);
}

void edit_once(hid_t file, Choices& choices) {
  enum {
    remove,
    replace,
    attribute,
    hard_link,
    soft_link,
    external_link,
    values,
    extent,
    checksum,
    group,
    count
  };
  const std::vector<std::string> objects = objects_of(file);
  const std::size_t what = choices.below(count);
  const std::string name = choices.one_of(objects), other = choices.one_of(objects);
  if (what == attribute) return replace_attribute(file, name, choices);
  if (name == ".") return;
  if (what == remove || what == group) H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  if (what == group) maybe(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (what == replace) replace_dataset(file, name, choices);
  if (what == hard_link)
    H5Lcreate_hard(file, other.c_str(), file, (name + "/linked").c_str(), H5P_DEFAULT, H5P_DEFAULT);
  if (what == soft_link) {
    H5Ldelete(file, name.c_str(), H5P_DEFAULT);
    H5Lcreate_soft(("/" + other).c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }
  if (what == external_link) {
    H5Ldelete(file, name.c_str(), H5P_DEFAULT);
    H5Lcreate_external("elsewhere.h5", "/", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }
  if (what == values) rewrite_values(file, name, choices);
  if (what == checksum) right_checksum(file, name);
  if (what == extent) {
    const Handle dataset = maybe(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    std::array<hsize_t, H5S_MAX_RANK> sizes{};
    if (dataset < 0) return;
    const Handle space = maybe(H5Dget_space(dataset), H5Sclose);
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    sizes[0] = choices.one_of(lengths);
    H5Dset_extent(dataset, sizes.data());
  }
}

}  // namespace

void edit_hdf5(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  constexpr int most_edits = 12;
  const runlog::hdf5::Lock lock;  // turns off what HDF5 prints
  const Handle file = runlog::hdf5::open_file(path, H5F_ACC_RDWR);
  Choices choices(bytes);
  for (int edits = 0; edits < most_edits && !choices.used_up(); ++edits) edit_once(file, choices);
}

}  // namespace descent::fuzz
