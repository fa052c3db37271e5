#include "descent/base/text.hpp"
#include "descent/plugin/dataset.hpp"
#include "support/array_dataset.hpp"
#include "support/npy_array.hpp"

namespace {

namespace fs = std::filesystem;

/// One .npy file, or a folder of them; an array has the name of its file.
class NpyFiles final : public descent::ArrayFile {
 public:
  NpyFiles(const fs::path& path, std::uint64_t memory) : path_(path), memory_(memory) {
    if (!fs::exists(path)) throw descent::Error("there is no file or folder '" + path.string() + "'");
    folder_ = fs::is_directory(path);
    if (!folder_) names_.push_back(path.stem().string());
    for (const auto& entry : folder_ ? fs::directory_iterator(path) : fs::directory_iterator())
      if (entry.path().extension() == ".npy") names_.push_back(entry.path().stem().string());
    std::sort(names_.begin(), names_.end());
  }
  std::vector<std::string> names() const override { return names_; }
  std::unique_ptr<descent::StoredArray> open(const std::string& name) const override {
    if (std::find(names_.begin(), names_.end(), name) == names_.end())
      throw descent::Error(
          (folder_ ? "the folder '" + path_.string() + "' holds no file '" + name + ".npy'"
                   : "'" + path_.string() + "' holds one array, '" + names_[0] + "', and no '" + name + "'") +
          descent::suggestion(name, names_));
    return descent::open_npy(folder_ ? path_ / (name + ".npy") : path_, memory_);
  }

 private:
  fs::path path_;
  std::uint64_t memory_;
  bool folder_ = false;
  std::vector<std::string> names_;
};

/// Arrays that numpy.save wrote, each into a file. Fields: as named in `fields`, each with the numbers that the array has;
/// images (height, width, channels), labels ().
class Npy final : public descent::ArrayDataset {
 public:
  static void options(descent::OptionSpec<Npy>& o) {
    array_options(o, {"*.npy"}, "images.npy",
                  "a .npy file, or a folder of them: each array has the name of its file, without .npy");
    block_options(o);
  }

 private:
  std::unique_ptr<descent::ArrayFile> open_file(const fs::path& file) const override {
    return std::make_unique<NpyFiles>(file, static_cast<std::uint64_t>(memory * (1 << 20)));
  }
};

}  // namespace

DESCENT_DATASET(Npy, "npy", "arrays of .npy files, as numpy.save writes them; they may be larger than memory")
