#include <catch2/catch.hpp>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/experiment/yaml.hpp"
#include "metric_support.hpp"

using Catch::Contains;
using descent::Value;
using descent::Variable;

namespace {

const std::string glyphs = DESCENT_SOURCE_DIR "/experiments/classifiers/glyphs.npz";
// As in experiments/classifiers/glyphs.yaml; dropout does nothing where it is judged.
constexpr const char* layers =
    "{layers: [{conv2d: {channels: 16, kernel: 5, stride: 2, padding: same}}, relu, {conv2d: {channels: 32, "
    "kernel: 5, "
    "stride: 2, padding: same}}, relu, {linear: 64}, relu]}";

/// Makes images of the data set's test split, those of some classes in turn.
class Copies final : public HandMadeModel, public descent::Generative {
 public:
  Copies(const descent::Dataset& dataset, std::vector<std::int64_t> classes) : all_(dataset.fields(), 1000) {
    all_.resize(1000);
    std::vector<std::int64_t> indices(1000);
    std::iota(indices.begin(), indices.end(), 0);
    dataset.fill(descent::Split::test, indices, all_);
    places_.resize(classes.size());
    for (std::size_t c = 0; c < classes.size(); ++c)
      for (std::int64_t i = 0; i < 1000; ++i)
        if (static_cast<std::int64_t>(all_["label"].value().data()[i]) == classes[c]) places_[c].push_back(i);
  }
  Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, 1});
  }
  descent::Values from_latent(const Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    const descent::Tensor& images = all_["image"].value();
    descent::Tensor made = descent::Tensor::empty(images.shape().row().batch(z.shape()[0]));
    for (std::int64_t i = 0; i < made.rows(); ++i, ++made_) {
      const auto& of_class = places_[made_ % places_.size()];
      const std::int64_t place = of_class[made_ / places_.size() % of_class.size()];
      made.row_range(i, i + 1).copy_from(images.row_range(place, place + 1));
    }
    return Variable(made);
  }
  const std::vector<std::string>& fields() const override { return fields_; }
  const std::vector<std::string>& condition_fields() const override { return condition_fields_; }
  /// It says that it was asked for labels; what it makes is as before.
  Copies& conditional() {
    condition_fields_ = {"label"};
    return *this;
  }

 private:
  descent::Batch all_;
  std::vector<std::vector<std::int64_t>> places_;
  std::vector<std::string> fields_{"image"}, condition_fields_;
  std::size_t made_ = 0;
};

Value yaml(const char* text) {
  descent::Diagnostics problems;
  return descent::experiment::parse_yaml_value(text, "classifier", problems);
}

std::shared_ptr<descent::Metric> judge(const std::string& weights, const char* classifier = layers,
                                       const std::string& metric = "class_coverage") {
  return make_metric(
      metric,
      {{"weights", Value::of(weights)}, {"classifier", yaml(classifier)}, {"samples", Value::of(500)}});
}

std::vector<double> coverage_of(std::vector<std::int64_t> classes) {
  const auto dataset = open_dataset("glyphs", {});
  Copies model(*dataset, std::move(classes));
  HandMadeContext context(dataset.get(), 64);
  const auto metric = judge(glyphs);
  metric->check(model, *dataset);
  return metric->measure(model, context);
}

}  // namespace

TEST_CASE("a generator of all classes covers them, one of a few covers those") {
  const std::vector<double> all = coverage_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(all[0] == Approx(0.1).margin(0.01));  // the rarest class
  CHECK(all[1] == 10);
  CHECK(all[2] > 0.95);
  const std::vector<double> three = coverage_of({3, 5, 8});
  CHECK(three[0] == 0);
  CHECK(three[1] == 3);
}

TEST_CASE("every result of class_coverage names the classifier's SHA-256") {
  for (const descent::Measure& measure : judge(glyphs)->declares())
    CHECK(measure.note == "of 500 samples, judged by glyphs.npz, SHA-256 " + descent::sha256_of_file(glyphs));
}

TEST_CASE("class_coverage says what of its classifier is missing or has another shape") {
  const auto dataset = open_dataset("glyphs", {});
  Copies model(*dataset, {0});
  CHECK_THROWS_WITH(judge("nowhere.npz")->check(model, *dataset), Contains("nowhere.npz"));
  CHECK_THROWS_WITH(judge(glyphs,
                          "{layers: [{linear: 64}, relu, {linear: 8}, relu, {linear: 8}, relu, {linear: 8}, "
                          "relu, {linear: 8}]}")
                        ->check(model, *dataset),
                    Contains("network.0.weight") && Contains("(5, 5, 1, 16)"));
  CHECK_THROWS_WITH(
      judge(glyphs,
            "{layers: [{conv2d: {channels: 16, kernel: 5, stride: 2, padding: same, bias: false}}, "
            "batch_norm]}")
          ->check(model, *dataset),
      Contains("has no array 'network.1.scale'") && Contains("network.0.bias"));
}

TEST_CASE("conditional_accuracy is the share of samples of the class that was asked for") {
  const auto dataset = open_dataset("glyphs", {});
  const auto metric = judge(glyphs, layers, "conditional_accuracy");
  HandMadeContext context(dataset.get(), 64);
  context.classes = 10;
  const auto share_of = [&](std::vector<std::int64_t> made) {
    Copies model(*dataset, std::move(made));
    metric->check(model.conditional(), *dataset);
    return metric->measure(static_cast<descent::Model&>(model), context);
  };
  CHECK(share_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})[0] > 0.99);
  const auto found = share_of({0, 1, 2, 3, 4, 5, 6, 7, 9, 8});  // two of ten are exchanged
  CHECK(found[0] == Approx(0.8).margin(0.01));
  CHECK(found[1] == Approx(std::sqrt(found[0] * (1 - found[0]) / 500)));
  Copies unconditional(*dataset, {0});
  CHECK_THROWS_WITH(metric->check(unconditional, *dataset), Contains("a label of 10 classes"));
}
