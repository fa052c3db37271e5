#include <cmath>

#include "support/judged_samples.hpp"

namespace {

/// How often a conditional generator makes what it was asked for: the share of its samples that a classifier sees as the
/// class of their condition. As the GAN-train and GAN-test of Shmelkov et al., How Good Is My GAN?, 2018, section 3: this
/// is GAN-test. `stderr` is the share's standard error over the samples, √(p(1 − p)/n). NaN where a sample has no class because its
/// numbers are not finite.
class ConditionalAccuracy final : public descent::JudgedSamples {
 public:
  static void options(descent::OptionSpec<ConditionalAccuracy>& o) { judge_options(o); }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    JudgedSamples::check(model, dataset);
    const auto& conditions = descent::role<descent::Generative>(model).condition_fields();
    if (conditions.size() != 1 || find_field(dataset.fields(), conditions[0]).classes != classes)
      throw descent::Error("conditional_accuracy needs a model whose condition is a label of " +
                           std::to_string(classes) + " classes, such as gan: {condition: label}");
  }

  std::vector<descent::Measure> declares() const override {
    return {{"share", "1", descent::Direction::higher_is_better, note()},
            {"stderr", "1", descent::Direction::neither, "over the samples; " + note()}};
  }

  std::vector<double> measure(descent::Generative& model, descent::MetricContext& context) const override {
    double right = 0;
    const bool judged = each_sample(model, context, [&](const Judgment& sample) {
      const auto asked = static_cast<std::int64_t>(sample.y[0].value().data()[sample.row]);
      right += sample.seen == asked ? 1 : 0;
    });
    if (!judged) return {NAN, NAN};
    const auto count = static_cast<double>(samples);
    const double share = right / count;
    return {share, std::sqrt(share * (1 - share) / count)};
  }

 private:
  const char* title() const override { return "conditional_accuracy"; }
};

}  // namespace

DESCENT_METRIC(ConditionalAccuracy, "conditional_accuracy",
               "whether samples are of the class that was asked for, as a classifier sees them")
