#include <cmath>
#include <descent/plugin/loss.hpp>

namespace {

/// −log 1/k·Σ p(x, z)/q(z | x) over k samples of z. Burda et al., Importance Weighted Autoencoders, 2016, equation 8.
class Iwae final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<Iwae>& o) {
    o.integer("samples", &Iwae::k, 5).at_least(1).doc("k");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"bound"}};
  }
  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto x = batch.values(model.fields());
    const auto z = model.encode(x, {}, context)->repeat(k)->draw(context, "latent");  // (batch·k, latent…)
    const auto joint = log_prob(*model.decode(z.value, {}, context), repeat_rows(x[0], k), context) +
                       model.prior(batch.size() * k, {}, context)->log_prob(z.value, context);
    const auto w = reshape(joint - z.log_prob, {batch.size(), k});
    const auto log_sum = slice_features(w, 0, 1) - slice_features(log_softmax(w), 0, 1);
    out.set("bound", std::log(static_cast<double>(k)) - reshape(log_sum, {batch.size()}));
  }

 private:
  std::int64_t k;
};

}  // namespace

DESCENT_LOSS(Iwae, "test_iwae", "importance weighted bound, for tests")
