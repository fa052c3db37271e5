#include <descent/plugin/dataset.hpp>

namespace {

using namespace descent;

/// Images of 4 × 4 pixels with one bright row, the label saying which, and a vector that follows from it.
class OwnPairs final : public Dataset {
 public:
  static void options(OptionSpec<OwnPairs>& o) {
    o.integer("examples", &OwnPairs::examples, 120).at_least(1).doc("in each split").contrast(60);
  }
  Fields fields() const override {
    return {{.name = "image", .shape = {4, 4, 1}, .low = 0, .high = 1, .image = true},
            {.name = "target", .shape = {2}},
            {.name = "label", .low = 0, .high = 2, .classes = 3}};
  }
  std::optional<std::int64_t> size(Split) const override { return examples; }
  void fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Tensor images = batch.rows("image"), targets = batch.rows("target"), labels = batch.rows("label");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      const std::int64_t label = indices[row] % 3;
      RandomStream random(stream_key(1, split_name(split)), static_cast<std::uint32_t>(indices[row]));
      Scalar* image = images.data() + row * 16;
      random.uniform(image, 16);
      for (std::int64_t i = 0; i < 16; ++i) image[i] = i / 4 == label ? Scalar(0.9) : image[i] * Scalar(0.3);
      targets.data()[2 * row] = static_cast<Scalar>(label - 1) + Scalar(0.1) * image[15];
      targets.data()[2 * row + 1] = static_cast<Scalar>(1 - label) + Scalar(0.1) * image[14];
      labels.data()[row] = static_cast<Scalar>(label);
    }
  }

 private:
  std::int64_t examples;
};

}  // namespace

DESCENT_DATASET(OwnPairs, "own_pairs", "an image, a vector and a label that belong together")
