#include "adversarial_loss.hpp"

namespace {

enum class Against { average, paired };

/// The discriminator says how much more real data look than samples, and the generator wants the opposite, so that
/// it learns from data too. `average` compares each logit with the others' mean, d(r) = r − E[f] and d(f) = f − E[r]:
/// the discriminator minimizes −log σ(d(r)) − log(1 − σ(d(f))), the generator −log σ(d(f)) − log(1 − σ(d(r))).
/// `paired` compares the i-th example with the i-th sample: −log σ(r − f) and −log σ(f − r), of which the terms `real`
/// and `fake` have half each. Jolicoeur-Martineau, The relativistic discriminator: a key element missing from
/// standard GAN, 2019, section 4. Scores are σ(d).
class Relativistic final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<Relativistic>& o) {
    o.choice("against", &Relativistic::against, "average",
             {{"average", Against::average}, {"paired", Against::paired}})
        .doc("whether a logit is compared with the mean of the others or with one of them")
        .contrast("paired");
  }
  std::optional<double> decision_threshold() const override { return std::nullopt; }
  bool generator_sees_data() const override { return true; }

  descent::Variable real_term(const Logits& logits) const override {
    return softplus(-beyond(logits.real, logits.fake)) * share();
  }
  descent::Variable fake_term(const Logits& logits) const override {
    return softplus(beyond(logits.fake, logits.real)) * share();
  }
  descent::Variable generator_term(const Logits& logits) const override {
    const auto of_fake = softplus(-beyond(logits.fake, logits.real));
    if (against == Against::paired) return of_fake;
    return of_fake + softplus(beyond(logits.real, logits.fake));
  }
  descent::Variable score(const descent::Variable& own, const descent::Variable& other) const override {
    return sigmoid(beyond(own, other));
  }

 private:
  descent::Variable beyond(const descent::Variable& own, const descent::Variable& other) const {
    return against == Against::average ? own - mean(other) : own - other;
  }
  double share() const { return against == Against::average ? 1 : 0.5; }

  Against against;
};

}  // namespace

DESCENT_LOSS(Relativistic, "relativistic",
             "adversarial game of differences between data and samples (Jolicoeur-Martineau, 2019)");
