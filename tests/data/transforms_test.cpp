#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "descent/data/sampler.hpp"
#include "descent/data/transformed_dataset.hpp"
#include "descent/experiment/yaml.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::error_of;

namespace {

constexpr std::int64_t image_count = 60;

/// Images of 5×6 pixels and two channels with numbers from 0 to 255, and labels.
class Pictures final : public Dataset {
 public:
  Fields fields() const override {
    return {{.name = "label", .classes = 3},
            {.name = "image", .shape = {5, 6, 2}, .low = 0, .high = 255, .image = true}};
  }
  std::optional<std::int64_t> size(Split split) const override {
    return split == Split::train ? image_count : 10;
  }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Tensor labels = batch.rows("label"), images = batch.rows("image");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      labels.data()[row] = static_cast<Scalar>(indices[row] % 3);
      for (std::size_t i = 0; i < 60; ++i)
        images.data()[row * 60 + i] =
            static_cast<Scalar>((indices[row] * 37 + static_cast<std::int64_t>(i) * 11) % 256);
    }
  }
};

/// Points without end, a mixture.
class EndlessPoints final : public Dataset, public Mixture {
 public:
  Fields fields() const override {
    return {{.name = "point", .shape = {2}}, {.name = "other", .shape = {3}, .low = 0, .high = 1}};
  }
  std::optional<std::int64_t> size(Split) const override { return {}; }
  void sample(Split, RandomStream& random, Batch& batch) const override {
    Tensor points = batch.rows("point"), others = batch.rows("other");
    random.normal(points.data(), points.size());
    random.uniform(others.data(), others.size());
  }
  const Tensor& centers() const override { return centers_; }
  double standard_deviation() const override { return 1; }
  std::string point_field() const override { return "point"; }

 private:
  Tensor centers_ = Tensor::zeros({1, 2});
};

std::vector<MadeTransform> transforms_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const Value list = experiment::parse_yaml_value(yaml, "transforms", diagnostics);
  MadeTransforms made = make_transforms(list, diagnostics);
  diagnostics.throw_if_any();
  return made.list;
}

std::shared_ptr<data::TransformedDataset> pictures_with(const std::string& yaml) {
  return data::transformed(std::make_shared<Pictures>(), transforms_of(yaml));
}

std::vector<std::int64_t> first_indices(std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

// A field of the first examples.
std::vector<double> read(const Dataset& dataset, const char* field, const Reading& reading,
                         std::int64_t count = 10, Split split = Split::train) {
  Batch batch(dataset.fields(), count);
  data::fill(dataset, split, first_indices(count), batch, reading);
  return batch[field].value().to_doubles();
}

const Reading measured{.seed = 1};
constexpr Reading trained_in(std::int64_t epoch, std::uint64_t seed = 1) {
  return {.training = true, .seed = seed, .epoch = epoch};
}

std::vector<double> raw_images() {
  return read(Pictures(), "image", {});
}

}  // namespace

TEST_CASE("scale maps a range linearly, and what is known of the field with it") {
  const auto scaled = pictures_with("[{scale: [-1, 1]}]");
  const Field field = scaled->fields()[1];
  CHECK(field.low == Approx(-1));
  CHECK(field.high == Approx(1));
  std::vector<double> expected = raw_images();
  for (double& number : expected) number = number / 127.5 - 1;
  CHECK_THAT(read(*scaled, "image", measured), testing::is_about(expected));
  CHECK(read(*scaled, "label", measured) == read(Pictures(), "label", {}));
  const auto part = pictures_with("[{scale: {from: [0, 510], to: [0, 1]}}]");
  CHECK(part->fields()[1].high == Approx(0.5));
}

TEST_CASE(
    "standardize gives the examples that are learned from mean 0 and standard deviation 1 per channel") {
  const auto dataset = pictures_with("[{scale: [0, 1]}, standardize]");
  const std::vector<std::int64_t> trained_on = first_indices(47);
  dataset->learn(trained_on);
  const std::vector<double> numbers = read(*dataset, "image", measured, 47);
  for (std::size_t channel = 0; channel < 2; ++channel) {
    double total = 0, squares = 0;
    for (std::size_t i = channel; i < numbers.size(); i += 2) {
      total += numbers[i];
      squares += numbers[i] * numbers[i];
    }
    const auto count = 0.5 * static_cast<double>(numbers.size());
    CHECK(total / count == Approx(0).margin(1e-5));
    CHECK(squares / count == Approx(1).epsilon(1e-5));
  }
  CHECK(dataset->fields()[1].low == dataset->fields()[1].high);
}

TEST_CASE(
    "flip, crop and noise change training batches alone, each example by numbers of its own, alike when "
    "repeated") {
  for (const char* yaml :
       {"[flip]", "[{crop: 2}]", "[{crop: {padding: 2, border: reflection}}]", "[{noise: 3}]"}) {
    CAPTURE(yaml);
    const auto dataset = pictures_with(yaml);
    CHECK(read(*dataset, "image", measured) == raw_images());
    CHECK(read(*dataset, "image", measured, 10, Split::test) ==
          read(Pictures(), "image", {}, 10, Split::test));
    const std::vector<double> first = read(*dataset, "image", trained_in(0));
    CHECK(first != raw_images());
    CHECK(read(*dataset, "image", trained_in(0)) == first);
    CHECK(read(*dataset, "image", trained_in(1)) != first);
    CHECK(read(*dataset, "image", trained_in(0, 2)) != first);
    // An example does not depend on the batch that it is read in.
    Batch alone(dataset->fields(), 1);
    data::fill(*dataset, Split::train, std::vector<std::int64_t>{7}, alone, trained_in(0));
    CHECK(alone["image"].value().to_doubles() ==
          std::vector<double>(first.begin() + 7 * 60, first.begin() + 8 * 60));
  }
}

TEST_CASE("flip mirrors with its probability, and crop moves by up to its padding") {
  const std::vector<double> raw = read(Pictures(), "image", {}, image_count);
  const auto mirrored = [&](std::size_t example, std::size_t row, std::size_t column, std::size_t channel) {
    return raw[example * 60 + (row * 6 + 5 - column) * 2 + channel];
  };
  const std::vector<double> flipped =
      read(*pictures_with("[{flip: 0.25}]"), "image", trained_in(0), image_count);
  int count = 0;
  for (std::size_t n = 0; n < image_count; ++n) {
    const bool is_flipped = flipped[n * 60] != raw[n * 60];
    count += is_flipped ? 1 : 0;
    for (std::size_t i = 0; i < 60; ++i)
      REQUIRE(flipped[n * 60 + i] == (is_flipped ? mirrored(n, i / 12, i / 2 % 6, i % 2) : raw[n * 60 + i]));
  }
  CHECK((count > 5 && count < 26));

  const std::vector<double> moved = read(*pictures_with("[{crop: 1}]"), "image", trained_in(0), image_count);
  std::vector<int> seen(9);
  for (std::size_t n = 0; n < image_count; ++n) {
    int fits = 0;
    for (int down = -1; down <= 1; ++down) {
      for (int right = -1; right <= 1; ++right) {
        bool same = true;
        for (int i = 0; i < 60 && same; ++i) {
          const int row = i / 12 + down, column = i / 2 % 6 + right;
          const bool inside = row >= 0 && row < 5 && column >= 0 && column < 6;
          same = moved[n * 60 + static_cast<std::size_t>(i)] ==
                 (inside ? raw[n * 60 + static_cast<std::size_t>((row * 6L + column) * 2 + i % 2)] : 0);
        }
        if (!same) continue;
        ++fits;
        ++seen[static_cast<std::size_t>((down + 1) * 3 + right + 1)];
      }
    }
    REQUIRE(fits == 1);
  }
  CHECK(std::count(seen.begin(), seen.end(), 0) == 0);
}

TEST_CASE("binarize draws for each epoch and measurement, for each epoch, or once for all") {
  const auto read_with = [](const char* per, const Reading& reading) {
    return read(*pictures_with(std::string("[scale, {binarize: ") + per + "}]"), "image", reading);
  };
  const auto at_step = [](std::int64_t step) { return Reading{.seed = 1, .epoch = 3, .step = step}; };
  const std::vector<double> drawn = read_with("draw", trained_in(3));
  for (const double number : drawn) REQUIRE((number == 0 || number == 1));
  CHECK(read_with("draw", trained_in(4)) != drawn);
  CHECK(read_with("draw", at_step(10)) != drawn);
  CHECK(read_with("draw", at_step(10)) == read_with("draw", at_step(10)));
  CHECK(read_with("draw", at_step(10)) != read_with("draw", at_step(20)));

  const std::vector<double> of_epoch = read_with("epoch", trained_in(3));
  CHECK(read_with("epoch", at_step(10)) == of_epoch);
  CHECK(read_with("epoch", at_step(20)) == of_epoch);
  CHECK(read_with("epoch", trained_in(4)) != of_epoch);
  CHECK(read_with("epoch", trained_in(3, 2)) != of_epoch);

  const std::vector<double> fixed = read_with("fixed", trained_in(3));
  CHECK(read_with("fixed", trained_in(4, 2)) == fixed);
  CHECK(read_with("fixed", at_step(10)) == fixed);
}

TEST_CASE("binarize draws with the probability that the number says") {
  const auto dataset = pictures_with("[scale, binarize]");
  const std::vector<double> probability = read(*pictures_with("[scale]"), "image", {});
  std::vector<double> frequency(probability.size());
  const int epochs = 400;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const std::vector<double> drawn = read(*dataset, "image", trained_in(epoch));
    for (std::size_t i = 0; i < drawn.size(); ++i) frequency[i] += drawn[i] / epochs;
  }
  for (std::size_t i = 0; i < frequency.size(); ++i)
    REQUIRE(frequency[i] == Approx(probability[i]).margin(5 * std::sqrt(0.25 / epochs)));
}

TEST_CASE("transforms do not hide numbers that are not finite") {
  class Damaged final : public Dataset {
   public:
    Fields fields() const override { return {{.name = "x", .shape = {2}, .low = 0, .high = 1}}; }
    std::optional<std::int64_t> size(Split) const override { return 4; }
    void fill(Split, std::span<const std::int64_t>, Batch& batch) const override {
      batch.rows("x").fill(std::nan(""));
    }
  };
  for (const char* yaml : {"[binarize]", "[{scale: [0, 2]}]", "[dequantize]"}) {
    CAPTURE(yaml);
    const auto dataset = data::transformed(std::make_shared<Damaged>(), transforms_of(yaml));
    for (const double number : read(*dataset, "x", trained_in(0), 4)) CHECK(std::isnan(number));
  }
}

TEST_CASE("the order in which a data set wants to be read is kept") {
  class Ordered final : public Dataset {
   public:
    Fields fields() const override { return {{.name = "x", .low = 0, .high = 1}}; }
    std::optional<std::int64_t> size(Split) const override { return 6; }
    void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
      for (std::size_t i = 0; i < indices.size(); ++i)
        batch.rows("x").data()[i] = static_cast<Scalar>(static_cast<double>(indices[i]) / 8);
    }
    bool order(Split, RandomStream&, std::span<std::int64_t> indices) const override {
      for (std::size_t i = 0; i < indices.size(); ++i)
        indices[i] = std::ssize(indices) - 1 - static_cast<std::int64_t>(i);
      return true;
    }
  };
  const auto dataset = data::transformed(std::make_shared<Ordered>(), transforms_of("[{scale: [0, 8]}]"));
  data::Sampler sampler(*dataset, 1, 6, 0, false);
  Batch batch(dataset->fields(), 6);
  sampler.next(batch, 1, 0);
  CHECK(batch["x"].value().to_doubles() == std::vector<double>{5, 4, 3, 2, 1, 0});
}

TEST_CASE("dequantize adds less than one level and keeps the range") {
  const auto dataset = pictures_with("[scale, dequantize]");
  const std::vector<double> raw = raw_images(), numbers = read(*dataset, "image", trained_in(0));
  double total = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const double above = numbers[i] * 256 - raw[i];
    REQUIRE((above > -1e-4 && above < 1 + 1e-4));
    total += above / static_cast<double>(raw.size());
  }
  CHECK(total == Approx(0.5).margin(0.06));
  CHECK(dataset->fields()[1].low == 0);
  CHECK(dataset->fields()[1].high == 1);
}

TEST_CASE("one_hot makes numbers of class indices, and resize images of another size") {
  const auto dataset = pictures_with("[one_hot, {resize: [10, 3]}]");
  CHECK(dataset->fields()[0].shape == Shape{3});
  CHECK(dataset->fields()[0].classes == 0);
  CHECK(dataset->fields()[1].shape == Shape{10, 3, 2});
  CHECK(read(*dataset, "label", measured, 4) == std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0});
}

TEST_CASE("transforms follow one another in the order of the list") {
  const std::vector<double> first =
      read(*pictures_with("[{scale: [0, 1]}, {scale: {from: [0, 2], to: [0, 1]}}]"), "image", {});
  std::vector<double> expected = raw_images();
  for (double& number : expected) number /= 510;
  CHECK_THAT(first, testing::is_about(expected));
}

TEST_CASE("a transform that does not fit is named with its place") {
  const auto problem = [](const std::string& yaml) { return error_of([&] { pictures_with(yaml); }); };
  CHECK_THAT(problem("[flip, {binarize: draw}]"),
             Contains("transform 'binarize': ") && Contains("from 0 to 1"));
  CHECK_THAT(problem("[{flip: {field: label}}]"), Contains("holds no images"));
  CHECK_THAT(problem("[{scale: {field: imag}}]"), Contains("no field 'imag'") && Contains("image"));
  CHECK_THAT(problem("[standardize, scale]"),
             Contains("transform 'scale': the range of 'image' is not known"));
  CHECK_THAT(problem("[{scale: {field: label}}]"), Contains("class indices"));
  CHECK_THAT(problem("[one_hot, one_hot]"), Contains("no field that it is meant for"));
  CHECK_THAT(problem("[{crop: {padding: 5, border: reflection}}]"), Contains("not smaller than the images"));
  CHECK_THAT(problem("[{resize: [3]}]"), Contains("[height, width]"));
  CHECK_THAT(problem("[flipp]"), Contains("no transform 'flipp'") && Contains("flip"));
  CHECK_THAT(problem("[{flip: 2}]"), Contains("'probability'") && Contains("[0, 1]"));
  CHECK_THAT(problem("[{flip: {often: 2}}]"), Contains("transform 'flip' has no option 'often'"));
  CHECK_THAT(problem("[{flip: 1, crop: 2}]"), Contains("a transform is a name or a map of one"));
  CHECK_THAT(problem("flip"), Contains("'transforms' is a list"));
  CHECK_THAT(problem("[{standardize: 3}]"), Contains("takes no"));
  const auto endless = [](const std::string& yaml) {
    return error_of([&] { data::transformed(std::make_shared<EndlessPoints>(), transforms_of(yaml)); });
  };
  CHECK_THAT(endless("[standardize]"), Contains("transform 'standardize'") && Contains("endless"));
  CHECK_THAT(endless("[{binarize: {field: other, per: fixed}}]"), Contains("endless"));
  CHECK(endless("[{binarize: {field: other}}]") == "no error");
}

TEST_CASE("endless data are drawn by step, batch and row") {
  const auto dataset =
      data::transformed(std::make_shared<EndlessPoints>(), transforms_of("[{binarize: {field: other}}]"));
  const auto sampled = [&](const Reading& reading) {
    Batch batch(dataset->fields(), 20);
    RandomStream random(1);
    data::sample(*dataset, Split::train, random, batch, reading);
    return batch["other"].value().to_doubles();
  };
  const std::vector<double> first = sampled({.training = true, .seed = 1, .step = 5, .part = 1});
  CHECK(sampled({.training = true, .seed = 1, .step = 5, .part = 1}) == first);
  CHECK(sampled({.training = true, .seed = 1, .step = 5, .part = 2}) != first);
  CHECK(sampled({.training = true, .seed = 1, .step = 6, .part = 1}) != first);
}

TEST_CASE("a mixture stays one while its points are what they were") {
  const auto of = [](const std::string& yaml) {
    return data::transformed(std::make_shared<EndlessPoints>(), transforms_of(yaml));
  };
  const auto kept = of("[{binarize: {field: other}}]"), changed = of("[{noise: {field: point}}]");
  REQUIRE(dynamic_cast<const Mixture*>(kept.get()) != nullptr);
  CHECK(dynamic_cast<const Mixture*>(kept.get())->point_field() == "point");
  CHECK(dynamic_cast<const Mixture*>(changed.get()) == nullptr);
}

TEST_CASE("the sampler deals examples as they are in its epoch, wherever it starts from") {
  const auto dataset = pictures_with("[scale, {binarize: draw}, flip, {crop: 2}]");
  const auto epochs = [&](std::int64_t from) {
    data::Sampler sampler(*dataset, 3, 16, 4, false);
    sampler.set_cursor({from, 0});
    Batch batch(dataset->fields(), 16);
    std::vector<double> all;
    for (int i = 0; i < 8; ++i) {
      sampler.next(batch, i, 0);
      const std::vector<double> numbers = batch["image"].value().to_doubles();
      all.insert(all.end(), numbers.begin(), numbers.end());
    }
    return all;
  };
  const std::vector<double> two = epochs(0), second = epochs(1);
  const std::size_t per_epoch = 56 * 60;
  CHECK(std::vector<double>(two.begin() + per_epoch, two.end()) ==
        std::vector<double>(second.begin(), second.begin() + per_epoch));
  CHECK(std::vector<double>(two.begin(), two.begin() + per_epoch) !=
        std::vector<double>(two.begin() + per_epoch, two.end()));
}

TEST_CASE("an experiment with transforms trains on the fields that they make, prefetched or not") {
  const std::string text =
      "dataset: {plugin: glyphs, examples: 200, test_examples: 50, transforms: [{resize: [14, 14]}, {crop: "
      "2}, "
      "{binarize: "
      "epoch}, one_hot]}\n"
      "model: {plugin: vae, field: image, latent: 2, condition: label}\nloss: elbo\noptimizer: adam\n"
      "trainer: {steps: 20, batch_size: 32}\nmetrics: [{plugin: objective, every: 10}]\n";
  const auto training = testing::training_of(text);
  CHECK(training->registrar().parameters()[0]->shape[0] == 14 * 14 + 10);
  testing::play(*training, 20);
  const auto prefetched = testing::training_of(text, {"trainer.prefetch=true"});
  testing::play(*prefetched, 20);
  CHECK(testing::whole_state(*training) == testing::whole_state(*prefetched));
  CHECK(testing::measured(*training, "objective") == testing::measured(*prefetched, "objective"));
  const auto experiment = testing::experiment_of(text);
  const Value* resolved = experiment.resolved.find("dataset")->find("transforms");
  REQUIRE(resolved != nullptr);
  CHECK_THAT(experiment::to_yaml(*resolved), Contains("padding: 2") && Contains("border: zeros"));
  CHECK_THAT(error_of([&] { testing::training_of(text, {"dataset.transforms=[{binarize: {per: draws}}]"}); }),
             Contains("test.yaml") || Contains("'per'"));
}

TEST_CASE("an example that is not finite is named before standardize learns from it") {
  class Flawed final : public Dataset {
   public:
    Fields fields() const override { return {{.name = "x", .shape = {2}}}; }
    std::optional<std::int64_t> size(Split) const override { return 600; }
    void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
      Tensor x = batch.rows("x");
      for (std::size_t row = 0; row < indices.size(); ++row)
        for (std::size_t i = 0; i < 2; ++i)
          x.data()[2 * row + i] =
              static_cast<Scalar>(indices[row] == 413 ? NAN : static_cast<double>(indices[row]));
    }
  };
  const auto data = data::transformed(std::make_shared<Flawed>(), transforms_of("[standardize]"));
  std::vector<std::int64_t> all(600);
  std::iota(all.begin(), all.end(), 0);
  CHECK_THAT(error_of([&] { data->learn(all); }), Contains("'x' of training example 413 holds"));
}
