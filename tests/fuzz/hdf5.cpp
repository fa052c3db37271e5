// The data set hdf5. The file is one of several arrays: read as wholes and by blocks.
#include "descent/runlog/detail/hdf5.hpp"
#include "fuzz/hdf5_file.hpp"

using namespace descent;
using runlog::hdf5::Handle;

static void add_array(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& extents,
                      bool chunked) {
  const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose,
                     "make");
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "make");
  if (chunked) {
    std::vector<hsize_t> chunk = extents;
    chunk[0] = 2;
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_deflate(creation, 1);
  }
  const Handle dataset(H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
                       "make");
  const std::vector<double> values(512, 1);
  H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

static void make_arrays(const std::filesystem::path& path) {
  const runlog::hdf5::Lock lock;
  const Handle file = runlog::hdf5::create_file(path);
  add_array(file, "image", H5T_STD_U8LE, {5, 4, 4, 3}, true);
  add_array(file, "label", H5T_STD_I64LE, {5}, false);
  add_array(file, "x", H5T_IEEE_F32BE, {5, 2}, true);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (!fuzz::write_hdf5(files, "arrays.h5", data, size, make_arrays)) return 0;
  Value options = Value::map();
  options.set("path", Value::of((files.folder() / "arrays.h5").string()));
  fuzz::reads([&] { fuzz::read_dataset("hdf5", options); });
  options.set("memory", Value::of(1e-6));
  options.set("window", Value::of(1e-3));
  for (const char* name : {"image", "label", "x"}) {
    Value fields = Value::map();
    fields.set(name, Value::of(name));
    options.set("fields", fields);
    fuzz::reads([&] { fuzz::read_dataset("hdf5", options); });
  }
  return 0;
}
