#include <array>
#include <cmath>

#include "descent/plugin/dataset.hpp"
#include "support/labeled_images.hpp"
#include "support/strokes.hpp"

namespace {

using descent::arc;
using descent::LabeledImages;
using descent::Split;
using descent::Stroke;

constexpr std::int64_t digits = 10;

/// How each digit is written, in the unit square.
std::array<std::vector<Stroke>, digits> digit_strokes() {
  return {{
      {arc({0.5, 0.5}, 0.29, 0.42, 0, 360)},
      {{{0.34, 0.24}, {0.53, 0.08}, {0.53, 0.92}}},
      {arc({0.5, 0.32}, 0.26, 0.24, -170, 40), {{0.70, 0.47}, {0.24, 0.91}, {0.78, 0.91}}},
      {arc({0.48, 0.29}, 0.24, 0.21, -160, 90), arc({0.48, 0.71}, 0.28, 0.21, -90, 160)},
      {{{0.64, 0.92}, {0.64, 0.08}, {0.20, 0.65}, {0.84, 0.65}}},
      {{{0.74, 0.09}, {0.32, 0.09}, {0.28, 0.46}}, arc({0.48, 0.64}, 0.27, 0.27, -138, 150)},
      {arc({0.72, 0.66}, 0.48, 0.57, 180, 260), arc({0.50, 0.68}, 0.26, 0.24, 0, 360)},
      {{{0.22, 0.09}, {0.78, 0.09}, {0.42, 0.92}}},
      {arc({0.5, 0.29}, 0.21, 0.20, 0, 360), arc({0.5, 0.70}, 0.26, 0.21, 0, 360)},
      {arc({0.48, 0.32}, 0.25, 0.24, 0, 360), {{0.73, 0.32}, {0.70, 0.60}, {0.58, 0.92}}},
  }};
}

/// The ten digits, drawn with a round pen in random pose and thickness: a labeled data set of images that
/// needs no download. Fields: `image` (pixels²), in [0, 1], and `label` (). Classes are equally frequent.
class Glyphs final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<Glyphs>& o) {
    o.integer("pixels", &Glyphs::pixels, 16).in(8, 256).unit("pixels").doc("height and width of an image");
    o.integer("examples", &Glyphs::examples, 10000).at_least(1).doc("number of training images");
    o.integer("test_examples", &Glyphs::test_examples, 2000).at_least(1).doc("number of test images");
    o.integer("seed", &Glyphs::seed, 0)
        .of_any_size()
        .at_least(0)
        .doc("what pose and thickness are drawn from");
  }

  void open() override {
    train = render("train", examples);
    test = render("test", test_examples);
  }
  descent::Fields fields() const override { return descent::image_fields(pixels, pixels, digits); }
  std::optional<std::int64_t> size(Split split) const override {
    return split == Split::test ? test_examples : examples;
  }
  void fill(Split split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    (split == Split::test ? test : train).fill(indices, batch);
  }

 private:
  LabeledImages render(std::string_view split, std::int64_t count) const {
    LabeledImages images{pixels, pixels, {}, {}};
    images.pixels.resize(static_cast<std::size_t>(count * images.image_size()));
    images.labels.resize(static_cast<std::size_t>(count));
    const auto strokes = digit_strokes();
    descent::RandomStream random(descent::stream_key(static_cast<std::uint64_t>(seed), split));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto label = static_cast<std::size_t>(i % digits);
      images.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
      render(strokes[label], random, images.pixels.data() + i * images.image_size());
    }
    return images;
  }

  void render(std::span<const Stroke> strokes, descent::RandomStream& random, std::uint8_t* image) const {
    std::array<descent::Scalar, 6> drawn;
    random.uniform(drawn.data(), std::ssize(drawn));
    std::size_t next = 0;
    const auto between = [&](double low, double high) {
      return low + (high - low) * static_cast<double>(drawn[next++]);
    };
    const double size = static_cast<double>(pixels);
    const double angle = between(-0.2, 0.2), shear = between(-0.25, 0.25), scale = size * between(0.66, 0.86);
    const double x = size * between(0.44, 0.56), y = size * between(0.45, 0.55);
    const double pen_radius = size * between(0.03, 0.065);

    // Shear along x, then rotation, then scale, all about the middle of the unit square.
    descent::AffineMap map;
    map.xx = scale * std::cos(angle);
    map.xy = scale * (shear * std::cos(angle) - std::sin(angle));
    map.yx = scale * std::sin(angle);
    map.yy = scale * (shear * std::sin(angle) + std::cos(angle));
    map.shift = {x - 0.5 * (map.xx + map.xy), y - 0.5 * (map.yx + map.yy)};
    descent::draw(strokes, map, pen_radius, pixels, pixels, image);
  }

  std::int64_t pixels = 0, examples = 0, test_examples = 0, seed = 0;
  LabeledImages train, test;
};

}  // namespace

DESCENT_DATASET(Glyphs, "glyphs", "digits drawn by the program, in random pose and thickness")
