#include <algorithm>

#include "descent/plugin/dataset.hpp"
#include "support/idx_file.hpp"
#include "support/labeled_images.hpp"

namespace {

using descent::Error;
using descent::LabeledImages;
using descent::Split;

/// The file of this standard name in the folder, plain or gzipped.
std::filesystem::path find_file(const std::filesystem::path& folder, const std::string& name) {
  for (const char* ending : {"", ".gz"})
    if (const auto file = folder / (name + ending); std::filesystem::exists(file)) return file;
  throw Error("there is no file '" + name + "' or '" + name + ".gz' in the folder '" + folder.string() +
              "'; `tools/fetch-data mnist` gets MNIST, and --help names the other data sets");
}

/// The images of one split, `prefix` being `train` or `t10k`.
LabeledImages read_images(const std::filesystem::path& folder, const std::string& prefix, bool with_labels) {
  const auto image_file = find_file(folder, prefix + "-images-idx3-ubyte");
  descent::IdxArray images = descent::read_idx(image_file, 3);
  LabeledImages split{images.extents[1], images.extents[2], std::move(images.values), {}};
  if (!with_labels) return split;

  const auto label_file = find_file(folder, prefix + "-labels-idx1-ubyte");
  const std::vector<std::uint8_t> labels = descent::read_idx(label_file, 1).values;
  split.labels.assign(labels.begin(), labels.end());
  if (std::ssize(split.labels) != split.count())
    throw Error("'" + label_file.string() + "' holds " + std::to_string(split.labels.size()) +
                " labels, but '" + image_file.string() + "' holds " + std::to_string(split.count()) +
                " images");
  return split;
}

std::string size_text(const LabeledImages& images) {
  return std::to_string(images.height) + "x" + std::to_string(images.width);
}

/// Grey images in the IDX format under MNIST's file names: MNIST (LeCun, Bottou, Bengio and Haffner,
/// Gradient-based learning applied to document recognition, 1998), Fashion-MNIST (Xiao, Rasul and Vollgraf,
/// 2017) and their kin. Fields: `image` (height·width), in [0, 1], and `label` ().
class IdxImages final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<IdxImages>& o) {
    o.path("path", &IdxImages::path, "")
        .required()
        .reads_folder_of({"*-idx3-ubyte", "*-idx3-ubyte.gz"})
        .example(descent::Value::of("data/mnist"))
        .doc(
            "folder of train-images-idx3-ubyte, train-labels-idx1-ubyte and their t10k- kin, gzipped or not");
    o.flag("labels", &IdxImages::labels, true)
        .doc("read the labels too; where false, their files may be missing");
  }

  void open() override {
    train = read_images(path, "train", labels);
    test = read_images(path, "t10k", labels);
    if (train.height != test.height || train.width != test.width)
      throw Error("the images in '" + path.string() + "' do not fit together: those for training are " +
                  size_text(train) + ", those for testing " + size_text(test) + " pixels");
    if (labels)
      classes = 1 + std::max(*std::max_element(train.labels.begin(), train.labels.end()),
                             *std::max_element(test.labels.begin(), test.labels.end()));
  }

  descent::Fields fields() const override {
    return descent::image_fields(train.height, train.width, classes);
  }
  std::optional<std::int64_t> size(Split split) const override { return images(split).count(); }
  void fill(Split split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    images(split).fill(indices, batch);
  }

 private:
  const LabeledImages& images(Split split) const { return split == Split::test ? test : train; }

  std::filesystem::path path;
  bool labels = true;
  LabeledImages train, test;
  std::int64_t classes = 0;
};

}  // namespace

DESCENT_DATASET(IdxImages, "idx_images", "images in the IDX format: MNIST, Fashion-MNIST")
