#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "descent/plugin/metric.hpp"
#include "feature_map.hpp"

namespace descent {

/// What metrics of a generator's samples share: which field and how many samples they look at, and by which features.
class SampleMetric : public MetricOn<Generative> {
 public:
  void check(const Model& model, const Dataset& dataset) const override;
  std::vector<double> measure(Generative& model, MetricContext& context) const override;

 protected:
  /// The options `samples`, `show`, `field`, `run`, `weights`, `classifier` and `group`.
  template <class T>
  static void sample_options(OptionSpec<T>& o, std::int64_t count = 10000) {
    o.integer("samples", &T::samples, count).at_least(2).doc("how many samples are generated").trial(64);
    o.choice("show", static_cast<Show T::*>(&T::show), "mean",
             {{"mean", Show::mean}, {"sample", Show::sample}})
        .doc("what is generated: means of p(x | z), or samples of it");
    o.text("field", &T::field, "")
        .doc("the field that is looked at; by default the first that the model makes");
    o.run("run", &T::run)
        .doc("a finished run: its classifier's features are compared, instead of the numbers");
    o.path("weights", &T::weights, "")
        .doc(
            "a classifier's arrays, as 'descent export RUN --npz --state final' writes them: its features "
            "are "
            "compared, those of the layer with 'tap: true' or else what its last layer sees");
    o.network("classifier", &T::layers, NetworkSpec::hidden({128}, "relu"))
        .doc("of 'weights': the classifier's layers, as in the experiment that trained it")
        .depends_on_file();
    o.text("group", &T::group, "network")
        .doc("of 'weights': the name that the classifier's parameters begin with");
  }

  /// What the numbers depend on, for the note of a measure: `of 10000 samples, by the features of mnist.npz, …`.
  virtual std::string note() const;
  /// What conditional models are conditioned on: every class equally often.
  virtual Values conditions(std::int64_t begin, std::int64_t count, MetricContext& context) const {
    return context.conditions(begin, count);
  }
  /// The measures' values for samples (samples, features), all of them finite, with finite squared distances. Where they are not,
  /// every measure is NaN.
  virtual std::vector<double> look_at(const Tensor& made, MetricContext& context) const = 0;

  /// The name of the metric, for messages.
  virtual const char* title() const = 0;
  /// (n, features) of the first `count` examples of a split, by default the metric's own. Throws Error where their squared distances
  /// are not finite.
  Tensor examples_of(MetricContext& context, std::int64_t count, std::optional<Split> split = {}) const;

  std::int64_t samples = 0;
  Show show = Show::mean;
  std::string field, group;
  RunReference run;
  std::filesystem::path weights;
  mutable NetworkSpec layers;

 private:
  std::string features_note() const;
  mutable FeatureMap features_;    // made by check(), where the data are known
  mutable std::size_t place_ = 0;  // of the field among those that the model makes
  mutable std::string name_;       // of the field
};

/// A metric that compares samples with real examples of its split.
class ComparisonMetric : public SampleMetric {
 public:
  void check(const Model& model, const Dataset& dataset) const override;

 protected:
  template <class T>
  static void comparison_options(OptionSpec<T>& o) {
    sample_options(o);
    o.integer("examples", &T::examples, 10000)
        .at_least(2)
        .doc(
            "how many real examples the samples are compared with: the first ones of the split, or all where "
            "it has "
            "fewer")
        .trial(64);
  }
  void check_examples(Split split,
                      const std::function<std::optional<std::int64_t>(Split)>& size) const override;
  std::string note() const override;
  /// As often as in the examples that the samples are compared with.
  Values conditions(std::int64_t begin, std::int64_t count, MetricContext& context) const override {
    return context.conditions_of_data(begin, count);
  }
  std::vector<double> look_at(const Tensor& made, MetricContext& context) const final;
  /// The measures' values for samples (samples, features) and real examples (n, features), n at least needed().
  virtual std::vector<double> compare(const Tensor& made, const Tensor& real,
                                      MetricContext& context) const = 0;
  /// How many samples and real examples it needs at least.
  virtual std::int64_t needed() const { return 2; }

  std::int64_t examples = 0;
};

}  // namespace descent
