#include <descent/plugin/play.hpp>

namespace {

/// A discriminator between z ~ q(z) and z with each dimension from another example, and the density ratio that it tells
/// as a penalty of the model: Kim and Mnih, Disentangling by Factorising, 2018, algorithm 2. It owns the discriminator's
/// group, and names a second player, the model.
class TotalCorrelation final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<TotalCorrelation>& o) {
    o.text("group", &TotalCorrelation::group, "critic").doc("its group and player");
    o.network("discriminator", &TotalCorrelation::spec, descent::NetworkSpec::hidden({8}, "leaky_relu"))
        .doc("its layers");
  }
  void build(const descent::Model& model, const descent::Fields&, descent::Registrar& registrar) override {
    latent = descent::role<descent::LatentVariableModel>(model).latent_shape().size();
    discriminator = {spec, {latent}, {1}, group, registrar};
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& own_groups) const override {
    return {{"model"}, {group, own_groups}};
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == "model") return {{"total_correlation"}};
    return {{"joint"}, {"product"}};
  }
  void evaluate(std::string_view player, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& z = variational_play(context, model, batch).z.value;
    const std::int64_t rows = batch.size();
    if (player == "model")
      return out.set("total_correlation", reshape(discriminator.forward(z, context), {rows}));
    const auto rotated = concatenate_batch(slice_batch(z, 1, rows), slice_batch(z, 0, 1));
    const auto permuted = concatenate_last(slice_last(z, 0, 1), slice_last(rotated, 1, latent));
    out.set("joint", reshape(softplus(-discriminator.forward(z.detach(), context)), {rows}));
    out.set("product", reshape(softplus(discriminator.forward(permuted.detach(), context)), {rows}));
  }

 private:
  std::string group;
  std::int64_t latent = 0;
  descent::NetworkSpec spec;
  descent::Network discriminator;
};

}  // namespace

DESCENT_LOSS(TotalCorrelation, "test_total_correlation", "a FactorVAE-like second player, for tests")
