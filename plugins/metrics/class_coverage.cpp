#include <algorithm>
#include <cmath>

#include "support/judged_samples.hpp"

namespace {

/// How a generator's samples spread over the classes of the data, as a classifier sees them: the share of the rarest
/// class, how many classes have a share worth counting, and how many samples the classifier is sure of; NaN where a sample has no
/// class because its numbers are not finite. Classes in place
/// of the modes of Srivastava et al., VEEGAN, 2017; a classifier trained on the data as in Salimans et al., Improved
/// Techniques for Training GANs, 2016, section 4.
class ClassCoverage final : public descent::JudgedSamples {
 public:
  static void options(descent::OptionSpec<ClassCoverage>& o) {
    judge_options(o);
    o.number("share", &ClassCoverage::share, 0.01)
        .in(0, 1)
        .doc("the share of the samples from which on a class counts as covered");
    o.number("confidence", &ClassCoverage::confidence, 0.9)
        .in(0, 1)
        .doc("the probability of its class above which the classifier is sure of a sample");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto higher = descent::Direction::higher_is_better;
    return {{"smallest_share", "1", higher, note()},
            {"covered", "1", higher, note()},
            {"confident", "1", higher, note()}};
  }

  std::vector<double> measure(descent::Generative& model, descent::MetricContext& context) const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(classes));
    std::int64_t sure = 0;
    const bool judged = each_sample(model, context, [&](const Judgment& sample) {
      ++counts[static_cast<std::size_t>(sample.seen)];
      sure += sample.probability > confidence ? 1 : 0;
    });
    if (!judged) return {NAN, NAN, NAN};
    const auto share_of = [&](std::int64_t count) {
      return static_cast<double>(count) / static_cast<double>(samples);
    };
    const auto counted = [&](std::int64_t count) { return count > 0 && share_of(count) >= share; };
    return {share_of(*std::min_element(counts.begin(), counts.end())),
            static_cast<double>(std::count_if(counts.begin(), counts.end(), counted)), share_of(sure)};
  }

 private:
  const char* title() const override { return "class_coverage"; }

  double share, confidence;
};

}  // namespace

DESCENT_METRIC(ClassCoverage, "class_coverage",
               "how a generator's samples spread over classes, as a classifier sees them");
