#include <algorithm>
#include <cmath>
#include <memory>

#include "descent/base/checksum.hpp"
#include "descent/plugin/metric.hpp"
#include "support/fixed_network.hpp"

namespace {

/// How a generator's samples spread over the classes of the data, as a classifier sees them: the share of the rarest
/// class, how many classes have a share worth counting, and how many samples the classifier is sure of. Classes in place
/// of the modes of Srivastava et al., VEEGAN, 2017; a classifier trained on the data as in Salimans et al., Improved
/// Techniques for Training GANs, 2016, section 4.
class ClassCoverage final : public descent::MetricOn<descent::Generative> {
 public:
  static void options(descent::OptionSpec<ClassCoverage>& o) {
    o.path("weights", &ClassCoverage::weights, "")
        .required()
        .example(descent::Value::of("experiments/classifiers/mnist.npz"))
        .doc("the classifier's arrays, as 'descent export RUN --npz --state final' writes them");
    o.network("classifier", &ClassCoverage::layers, descent::NetworkSpec::hidden({128}, "relu"))
        .doc("the classifier's layers, as in the experiment that trained it; it gives logits");
    o.text("group", &ClassCoverage::group, "network")
        .doc("the name that the classifier's parameters begin with");
    o.integer("classes", &ClassCoverage::classes, 10).at_least(2).doc("how many classes it tells apart");
    o.text("field", &ClassCoverage::field, "")
        .doc("the field that it looks at; by default the first that the model makes");
    o.integer("samples", &ClassCoverage::samples, 2000).at_least(1).doc("how many samples are generated");
    o.number("share", &ClassCoverage::share, 0.01)
        .in(0, 1)
        .doc("the share of the samples from which on a class counts as covered");
    o.number("confidence", &ClassCoverage::confidence, 0.9)
        .in(0, 1)
        .doc("the probability of its class above which the classifier is sure of a sample");
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    const auto& generative = descent::role<descent::Generative>(model);
    const std::string name = field.empty() ? generative.fields().front() : field;
    const auto made = std::find(generative.fields().begin(), generative.fields().end(), name);
    if (made == generative.fields().end())
      throw descent::Error("class_coverage looks at the field '" + name + "', which the model does not make");
    place = static_cast<std::size_t>(made - generative.fields().begin());
    classifier = std::make_unique<descent::FixedNetwork>(layers, find_field(dataset.fields(), name).shape,
                                                         descent::Shape{classes}, group, weights);
  }

  std::vector<descent::Measure> declares() const override {
    const std::string note = weights.empty() ? ""
                                             : "judged by " + weights.filename().string() + ", SHA-256 " +
                                                   descent::sha256_of_file(weights);
    constexpr auto higher = descent::Direction::higher_is_better;
    return {{"smallest_share", "1", higher, note},
            {"covered", "1", higher, note},
            {"confident", "1", higher, note}};
  }

  std::vector<double> measure(descent::Generative& model, descent::MetricContext& context) const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(classes));
    std::int64_t sure = 0;
    for (std::int64_t begin = 0; begin < samples; begin += context.batch_size()) {
      const std::int64_t count = std::min(context.batch_size(), samples - begin);
      const descent::Values y = context.conditions(begin, count);
      const descent::Variable z = model.draw_latent(count, y, context.pass());
      const descent::Variable made = model.from_latent(z, y, descent::Show::mean, context.pass())[place];
      const descent::Tensor log_probabilities = log_softmax((*classifier)(made)).value();
      for (std::int64_t row = 0; row < count; ++row) {
        const descent::Scalar* first = log_probabilities.data() + row * classes;
        const descent::Scalar* largest = std::max_element(first, first + classes);
        ++counts[static_cast<std::size_t>(largest - first)];
        sure += std::exp(static_cast<double>(*largest)) > confidence ? 1 : 0;
      }
    }
    const auto share_of = [&](std::int64_t count) {
      return static_cast<double>(count) / static_cast<double>(samples);
    };
    return {share_of(*std::min_element(counts.begin(), counts.end())),
            static_cast<double>(
                std::count_if(counts.begin(), counts.end(),
                              [&](std::int64_t count) { return count > 0 && share_of(count) >= share; })),
            share_of(sure)};
  }

 private:
  std::filesystem::path weights;
  mutable descent::NetworkSpec layers;
  std::string group, field;
  std::int64_t classes, samples;
  double share, confidence;
  mutable std::unique_ptr<descent::FixedNetwork> classifier;  // made by check(), where the data are known
  mutable std::size_t place = 0;                              // of the field among those that the model makes
};

}  // namespace

DESCENT_METRIC(ClassCoverage, "class_coverage",
               "how a generator's samples spread over classes, as a classifier sees them");
