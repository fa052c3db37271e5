#include "descent/archive/npz_file.hpp"
#include "descent/plugin/dataset.hpp"
#include "support/array_dataset.hpp"

namespace {

/// The arrays of one .npz file, read as wholes.
class Archive final : public descent::ArrayFile {
 public:
  explicit Archive(const std::filesystem::path& path) : path_(path), file_(path) {}
  std::vector<std::string> names() const override { return file_.names(); }
  std::unique_ptr<descent::StoredArray> open(const std::string& name) const override {
    const std::string title = "'" + name + "' of '" + path_.filename().string() + "'";
    return std::make_unique<descent::ArrayInMemory>(title, file_.array(name));
  }

 private:
  std::filesystem::path path_;
  descent::archive::NpzFile file_;
};

/// Arrays that numpy.savez or numpy.savez_compressed wrote into one file. Fields: as named in `fields`, each with the
/// numbers that the array has; images (height, width, channels), labels ().
class Npz final : public descent::ArrayDataset {
 public:
  static void options(descent::OptionSpec<Npz>& o) {
    array_options(o, {"*.npz"}, "digits.npz", "the .npz file");
  }

 private:
  std::unique_ptr<descent::ArrayFile> open_file(const std::filesystem::path& file) const override {
    return std::make_unique<Archive>(file);
  }
};

}  // namespace

DESCENT_DATASET(Npz, "npz", "arrays of a .npz file, as numpy.savez writes it")
