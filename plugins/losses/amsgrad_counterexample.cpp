#include <descent/plugin/loss.hpp>

namespace {

enum class Kind { online, stochastic };

/// Linear costs on [−1, 1], one a step, whose rare large one decides: f_t(x) = 1010x if t mod 101 = 1
/// (online) or with probability 0.01 (stochastic), else −10x. The best point is −1, yet Adam goes to 1: by
/// the time the large gradient comes, its second moment has forgotten the last one. Reddi, Kale and Kumar, On
/// the Convergence of Adam and Beyond, 2018, section 5; there β = (0.9, 0.99), and the optimizer's chain ends
/// with the projection onto [−1, 1]. In evaluation mode the value is the mean over time.
class AmsgradCounterexample final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<AmsgradCounterexample>& o) {
    o.choice("kind", &AmsgradCounterexample::kind, "online",
             {{"online", Kind::online}, {"stochastic", Kind::stochastic}})
        .doc("whether the large cost comes on every 101st step, from the first on, or at random")
        .contrast("stochastic");
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    only_vector(descent::role<descent::Point>(model), "amsgrad_counterexample");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"cost"}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    const double slope = context.training() ? (is_large(context) ? 1010 : -10) : mean_slope();
    out.set("cost", slope * sum(model.vectors()[0]->variable));
  }

 private:
  bool is_large(descent::Context& context) const {
    if (kind == Kind::online) return context.step() % 101 == 1;
    return context.random("cost").uniform() < 0.01;
  }
  double mean_slope() const {
    return kind == Kind::online ? (1010 - 100 * 10) / 101.0 : 0.01 * 1010 - 0.99 * 10;
  }
  Kind kind;
};

}  // namespace

DESCENT_LOSS(AmsgradCounterexample, "amsgrad_counterexample",
             "linear costs on which Adam goes to the worst point (Reddi, Kale and Kumar, 2018)");
