#include "adversarial_loss.hpp"

namespace {

/// The discriminator's value is to be b for data and a for samples, and the generator wants it to be c: half of
/// the squared distances. Mao et al., Least Squares Generative Adversarial Networks, 2017, equation 2. The
/// defaults are its 0-1 coding (equation 9); a = −1, b = 1, c = 0 minimizes Pearson's χ² (equation 8). Scores are
/// the values themselves.
class LeastSquares final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<LeastSquares>& o) {
    o.number("a", &LeastSquares::a, 0.0).doc("what the discriminator is to say of samples").contrast(-1.0);
    o.number("b", &LeastSquares::b, 1.0).doc("what it is to say of data; above a").contrast(2.0);
    o.number("c", &LeastSquares::c, 1.0).doc("what the generator wants it to say of samples").contrast(0.0);
    top_k_option(o);
  }
  void check(const descent::Model& model, const descent::Registrar& registrar) const override {
    AdversarialLoss::check(model, registrar);
    if (a >= b)
      throw descent::Error("least_squares: the samples' target 'a' must be below 'b', that of data");
  }
  std::optional<double> decision_threshold() const override { return (a + b) / 2; }

  descent::Variable real_term(const Logits& logits) const override { return square(logits.real - b) * 0.5; }
  descent::Variable fake_term(const Logits& logits) const override { return square(logits.fake - a) * 0.5; }
  descent::Variable generator_term(const Logits& logits) const override {
    return square(logits.fake - c) * 0.5;
  }
  descent::Variable score(const descent::Variable& own, const descent::Variable&) const override {
    return own;
  }

 private:
  double a, b, c;
};

}  // namespace

DESCENT_LOSS(LeastSquares, "least_squares", "adversarial game of squared distances (Mao et al., 2017)");
