#pragma once

#include <algorithm>
#include <cmath>
#include <descent/plugin/play.hpp>

/// What adversarial losses share: the two players, the discriminator's terms over data and over samples, the
/// generator's term over samples, and the observed scores. By default the discriminator minimizes the cross
/// entropy −log D(x) − log(1 − D(G(z))). Goodfellow et al., Generative Adversarial Nets, 2014, equation 1.
class AdversarialLoss : public descent::LossOn<descent::AdversarialModel> {
 public:
  /// What the discriminator says of data and samples, each (rows).
  struct Logits {
    descent::Variable real, fake;
  };

  std::vector<descent::Player> players(const descent::Model& model,
                                       const std::vector<std::string>&) const override {
    const auto& gan = descent::role<descent::AdversarialModel>(model);
    return {{"discriminator", {gan.discriminator_group()}}, {"generator", {gan.generator_group()}}};
  }

  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == "generator") return {{"adversarial"}};
    std::vector<descent::TermSpec> terms = {{"real"}, {"fake"}, {"score_real", false}, {"score_fake", false}};
    if (decision_threshold()) terms.push_back({"discriminator_accuracy", false});
    return terms;
  }

  void evaluate(std::string_view player, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    Logits logits{{}, adversarial_play(context, model, batch).of_fake.logits};
    if (player != "generator" || generator_sees_data())
      logits.real = discriminate_real(context, model, batch).logits;
    if (player == "generator") {
      logits.fake = best(logits.fake, context(top_k));
      return out.set("adversarial", generator_term(logits));
    }
    out.set("real", real_term(logits));
    out.set("fake", fake_term(logits));
    if (!out.observed()) return;
    const descent::NoGrad observing;
    out.set("score_real", score(logits.real, logits.fake));
    out.set("score_fake", score(logits.fake, logits.real));
    if (const auto threshold = decision_threshold())
      out.set("discriminator_accuracy",
              (positive(logits.real - *threshold) + (1 - positive(logits.fake - *threshold))) * 0.5);
  }

  std::optional<double> decision_threshold() const override { return 0; }

  /// What the discriminator minimizes, over data and over samples.
  virtual descent::Variable real_term(const Logits& logits) const { return softplus(-logits.real); }
  virtual descent::Variable fake_term(const Logits& logits) const { return softplus(logits.fake); }
  /// What the generator minimizes; `real` is undefined unless generator_sees_data().
  virtual descent::Variable generator_term(const Logits& logits) const = 0;
  virtual bool generator_sees_data() const { return false; }
  /// What is observed of data or samples, `other` being the logits of the others: by default the probability of
  /// being real.
  virtual descent::Variable score(const descent::Variable& own, const descent::Variable&) const {
    return sigmoid(own);
  }

 protected:
  /// Declares the option `top_k`; without it the generator learns from all samples.
  template <class Loss>
  static void top_k_option(descent::OptionSpec<Loss>& o) {
    o.schedule("top_k", &Loss::top_k, 1.0)
        .above(0)
        .at_most(1)
        .doc(
            "the generator learns from this fraction of its samples, those with the largest logits; a "
            "schedule "
            "from 1 to 0.5 is usual (Sinha et al., Top-k Training of GANs, 2020)")
        .contrast(0.5);
  }

  descent::Schedule top_k = 1.0;

 private:
  static descent::Variable best(const descent::Variable& logits, double fraction) {
    const std::int64_t rows = logits.shape()[0];
    const auto k = static_cast<std::int64_t>(std::floor(fraction * static_cast<double>(rows)));
    return k >= rows ? logits : descent::top_k(logits, std::max<std::int64_t>(k, 1));
  }
};
