#pragma once

#include <functional>
#include <memory>
#include <string>

#include "descent/plugin/metric.hpp"
#include "fixed_network.hpp"

namespace descent {

/// What metrics share that ask a classifier of which class each of a generator's samples is.
class JudgedSamples : public MetricOn<Generative> {
 public:
  void check(const Model& model, const Dataset& dataset) const override;

 protected:
  /// The options `run`, `weights`, `classifier`, `group`, `classes`, `field` and `samples`.
  template <class T>
  static void judge_options(OptionSpec<T>& o) {
    o.run("run", &T::run).doc("a finished run whose model is the classifier; or give 'weights'");
    o.path("weights", &T::weights, "")
        .example(Value::of("experiments/classifiers/mnist.npz"))
        .doc("the classifier's arrays, as 'descent export RUN --npz --state final' writes them");
    o.network("classifier", &T::layers, NetworkSpec::hidden({128}, "relu"))
        .doc("of 'weights': the classifier's layers, as in the experiment that trained it; it gives logits")
        .depends_on_file();
    o.text("group", &T::group, "network")
        .doc("of 'weights': the name that the classifier's parameters begin with");
    o.integer("classes", &T::classes, 10).at_least(2).doc("how many classes it tells apart");
    o.text("field", &T::field, "")
        .doc("the field that it looks at; by default the first that the model makes");
    o.integer("samples", &T::samples, 2000).at_least(1).doc("how many samples are generated");
  }

  /// What the classifier says of one sample, and what the sample was to be.
  struct Judgment {
    std::int64_t seen;   ///< the class that it thinks most likely
    double probability;  ///< that it gives to this class
    const Values& y;     ///< the conditions of some samples, each (count, …)
    std::int64_t row;    ///< this sample's among them
  };
  /// Calls `look` with every sample. False, and at once, where the classifier sees numbers that are not finite in one, so that it has
  /// no class: then there is nothing to measure.
  bool each_sample(Generative& model, MetricContext& context,
                   const std::function<void(const Judgment&)>& look) const;
  /// Of how many samples, and by whom they were judged, for the note of a measure.
  std::string note() const;
  /// The name of the metric, for messages.
  virtual const char* title() const = 0;

  RunReference run;
  std::filesystem::path weights;
  mutable NetworkSpec layers;
  std::string group, field;
  std::int64_t classes = 0, samples = 0;

 private:
  void check_run(const Field& data) const;
  // x (batch, …) -> (batch, classes).
  Variable logits(const Variable& x, Pass& pass) const;

  mutable std::unique_ptr<FixedNetwork>
      classifier_;                 // of `weights`; made by check(), where the data are known
  mutable std::size_t place_ = 0;  // of the field among those that the model makes
};

}  // namespace descent
