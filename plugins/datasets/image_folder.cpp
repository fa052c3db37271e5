#include <algorithm>
#include <cctype>
#include <set>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/dataset.hpp"
#include "support/picture_reader.hpp"
#include "support/set_aside.hpp"

namespace {

namespace fs = std::filesystem;
using descent::Error;
using descent::PictureFolder;
using descent::Split;

/// A folder of PNG and JPEG files. With the subfolders `train` and `test` these are the splits; inside of each, or of the
/// folder itself, every class has a subfolder. Pictures are decoded once: what they become is kept in a cache, from which later
/// starts take it. Fields: `image` (height, width, channels), in [0, 1], and `label` (), the classes in the order of their names.
class ImageFolder final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<ImageFolder>& o) {
    o.path("path", &ImageFolder::path, "")
        .required()
        .reads_folder_of({"*.png", "*.jpg", "*.jpeg", "*.PNG", "*.JPG", "*.JPEG"})
        .example(descent::Value::of("data/flowers"))
        .doc(
            "the folder; if it has subfolders train and test, these are the splits, and others are left out");
    o.flag("labels", &ImageFolder::labels, true)
        .doc(
            "the subfolders are classes; where false, there is no label, and pictures may be anywhere in the "
            "folder");
    o.integer("channels", &ImageFolder::channels, 0)
        .in(0, 3)
        .contrast(descent::Value::of(1))
        .doc(
            "1: gray, 3: red, green and blue; 0: 3 if any picture has colors, otherwise 1. Transparency is "
            "dropped");
    o.integers("resize", &ImageFolder::resize, {})
        .in(1, 16384)
        .contrast(descent::Value::list({descent::Value::of(5), descent::Value::of(7)}))
        .unit("pixels")
        .doc(
            "height and width that the pictures are brought to, bilinearly, as by torchvision's Resize; "
            "default: none, and "
            "all must have one size");
    o.choice("crop", &ImageFolder::crop, "none", {{"none", false}, {"center", true}})
        .doc(
            "center: pictures that are resized keep their proportions, and their middle is cut out, as by "
            "torchvision's Resize "
            "of the shorter side and CenterCrop");
    o.number("test_examples", &ImageFolder::test_examples, 0)
        .at_least(0)
        .contrast(descent::Value::of(0.25))
        .doc(
            "without a subfolder test: sets this fraction of the pictures aside for testing (below 1), or "
            "this many; a "
            "random choice that is the same for every seed. 0: metrics look at the training split");
  }

  void open() override {
    if (channels == 2) throw Error("'channels' is 2; it is 1 for gray, 3 for colors, or 0");
    if (!resize.empty() && resize.size() != 2) throw Error("'resize' is height and width: [64, 64]");
    if (crop && resize.empty()) throw Error("'crop' is of pictures that are resized; give 'resize' too");
    const fs::path own_test = path / "test", own_train = path / "train";
    const bool has_splits = fs::is_directory(own_train) && fs::is_directory(own_test);
    if (!has_splits && fs::is_directory(path)) refuse_other_splits();
    if (has_splits && test_examples > 0)
      throw Error("there is a test split already, '" + own_test.string() + "'; leave out 'test_examples'");
    std::array<PictureFolder, 2> folders;
    folders[0] = descent::find_pictures(has_splits ? own_train : path, labels);
    if (has_splits) folders[1] = descent::find_pictures(own_test, labels, folders[0].classes);
    splits = descent::read_pictures_cached(path, folders, {channels, resize, crop});
    classes = std::ssize(folders[0].classes);
    aside = {};
    if (test_examples > 0) aside = descent::set_aside(splits[0].count(), test_examples, "test_examples");
  }
  descent::Fields fields() const override {
    return descent::image_fields(splits[0].height, splits[0].width, classes, splits[0].channels);
  }
  std::optional<std::int64_t> size(Split split) const override {
    if (!aside.test.empty()) return std::ssize(split == Split::test ? aside.test : aside.training);
    return splits[split == Split::test ? 1 : 0].count();
  }
  void fill(Split split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    if (aside.test.empty()) return splits[split == Split::test ? 1 : 0].fill(indices, batch);
    const std::vector<std::int64_t>& rows = split == Split::test ? aside.test : aside.training;
    chosen.clear();
    for (const std::int64_t i : indices) chosen.push_back(rows[static_cast<std::size_t>(i)]);
    splits[0].fill(chosen, batch);
  }

 private:
  /// Subfolders that are called like splits, and not `train` and `test`, are no classes.
  void refuse_other_splits() const {
    static const std::set<std::string> words{"train",      "training", "val",    "valid",
                                             "validation", "test",     "testing"};
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (!entry.is_directory()) continue;
      std::string name = entry.path().filename().string();
      if (name.starts_with('.')) continue;
      found.push_back(name);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (!words.contains(name)) return;
    }
    if (found.empty()) return;
    std::sort(found.begin(), found.end());
    throw Error("the subfolders of '" + path.string() +
                "' are splits rather than classes: " + descent::join(found) +
                "; the splits are 'train' and 'test' (rename a folder or link to it), or name the folder of "
                "the classes, such as '" +
                (path / found[0]).string() + "'");
  }

  fs::path path;
  bool labels = true, crop = false;
  std::int64_t channels = 0, classes = 0;
  std::vector<std::int64_t> resize;
  double test_examples = 0;
  descent::PictureSplits splits;
  descent::SetAside aside;
  mutable std::vector<std::int64_t> chosen;  // kept, so that a training step takes nothing from the heap
};

}  // namespace

DESCENT_DATASET(ImageFolder, "image_folder", "PNG and JPEG files in a folder, in subfolders by class")
