#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/plugin/dataset.hpp"
#include "support/labeled_images.hpp"
#include "support/unpacked_file.hpp"

namespace {

namespace fs = std::filesystem;
using descent::Error;
using descent::LabeledImages;
using descent::Split;

constexpr std::size_t pixels = 32 * 32, channels = 3;

/// How an image is stored: some labels, a byte each, and then its red, green and blue plane.
struct Records {
  std::size_t labels;  ///< bytes before the planes
  std::size_t used;    ///< which of them is the label
  int classes;
  std::size_t size() const { return labels + channels * pixels; }
};

void add_records(const fs::path& file, const Records& records, LabeledImages& images) {
  const std::string bytes = descent::read_unpacked(file);
  if (bytes.size() % records.size() != 0)
    throw Error("'" + file.string() + "' holds " + std::to_string(bytes.size()) +
                " bytes, which is no multiple of the " + std::to_string(records.size()) +
                " bytes of an image with its " + (records.labels == 1 ? "label" : "labels"));
  for (std::size_t begin = 0; begin < bytes.size(); begin += records.size()) {
    const int label = static_cast<std::uint8_t>(bytes[begin + records.used]);
    if (label >= records.classes)
      throw Error("image " + std::to_string(begin / records.size()) + " (from 0) of '" + file.string() +
                  "' has the label " + std::to_string(label) + "; labels are from 0 to " +
                  std::to_string(records.classes - 1));
    images.labels.push_back(label);
    const char* planes = bytes.data() + begin + records.labels;
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < channels; ++c)
        images.pixels.push_back(static_cast<std::uint8_t>(planes[c * pixels + p]));
  }
}

/// CIFAR-10 and CIFAR-100 in the binary version (Krizhevsky, Learning multiple layers of features from tiny images, 2009).
/// Fields: `image` (32, 32, 3), in [0, 1], and `label` ().
class CifarBinary final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<CifarBinary>& o) {
    o.path("path", &CifarBinary::path, "")
        .required()
        .reads_folder_of({"*data_batch_?.bin", "*test_batch.bin"})
        .example(descent::Value::of("data/cifar-10-batches-bin"))
        .doc(
            "folder of data_batch_1.bin to data_batch_5.bin and test_batch.bin (CIFAR-10), or of train.bin "
            "and test.bin "
            "(CIFAR-100)");
    o.choice("labels", &CifarBinary::coarse, "fine", {{"fine", false}, {"coarse", true}})
        .depends_on_file()
        .doc("of CIFAR-100: its 100 classes, or the 20 classes that those belong to");
  }

  void open() override {
    const bool is_100 = fs::exists(path / "train.bin");
    if (!is_100 && coarse) throw Error("CIFAR-10 has no coarse labels; leave out 'labels'");
    const Records records = !is_100 ? Records{1, 0, 10} : coarse ? Records{2, 0, 20} : Records{2, 1, 100};
    train = test = LabeledImages{32, 32, {}, {}, 3};
    if (is_100) {
      add_records(existing("train.bin"), records, train);
    } else {
      for (int i = 1; i <= 5; ++i)
        add_records(existing("data_batch_" + std::to_string(i) + ".bin"), records, train);
    }
    add_records(existing(is_100 ? "test.bin" : "test_batch.bin"), records, test);
    classes = records.classes;
  }
  descent::Fields fields() const override { return descent::image_fields(32, 32, classes, 3); }
  std::optional<std::int64_t> size(Split split) const override { return images(split).count(); }
  void fill(Split split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    images(split).fill(indices, batch);
  }

 private:
  const LabeledImages& images(Split split) const { return split == Split::test ? test : train; }
  fs::path existing(const std::string& name) const {
    if (fs::exists(path / name)) return path / name;
    throw Error("there is no file '" + name + "' in the folder '" + path.string() +
                "'; CIFAR-10 is data_batch_1.bin to data_batch_5.bin and test_batch.bin, CIFAR-100 train.bin "
                "and test.bin");
  }

  fs::path path;
  bool coarse = false;
  int classes = 0;
  LabeledImages train, test;
};

}  // namespace

DESCENT_DATASET(CifarBinary, "cifar_binary",
                "CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky, 2009)")
