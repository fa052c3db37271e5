#include "descent/plugin/dataset.hpp"
#include "support/array_dataset.hpp"
#include "support/hdf5_file.hpp"

namespace {

/// Arrays of an HDF5 file, such as h5py, MATLAB (version 7.3) or Keras write. Fields: as named in `fields`, each with the
/// numbers that the array has; images (height, width, channels), labels ().
class Hdf5 final : public descent::ArrayDataset {
 public:
  static void options(descent::OptionSpec<Hdf5>& o) {
    array_options(o, {"*.h5", "*.hdf5", "*.hdf", "*.mat"}, "digits.h5",
                  "the HDF5 file; an array has the name of its path in it: train/images");
    block_options(o);
  }

 private:
  std::unique_ptr<descent::ArrayFile> open_file(const std::filesystem::path& file) const override {
    return std::make_unique<descent::Hdf5File>(file);
  }
};

}  // namespace

DESCENT_DATASET(Hdf5, "hdf5", "arrays of an HDF5 file; they may be larger than memory")
