#include <descent/plugin/play.hpp>

#include "support/once.hpp"
#include "support/pairs.hpp"
#include "support/permuted_dimensions.hpp"

namespace {

/// A penalty of the total correlation of z, γ·log D(z)/(1 − D(z)), by a discriminator D of its own that tells z ~ q(z) from
/// z with every dimension from another example of the batch; beside `elbo`. Kim and Mnih, Disentangling by Factorising,
/// 2018, equation 3 and algorithm 2. Batches of one are refused in training; in evaluation their `product` is 0.
class FactorVae final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<FactorVae>& o) {
    o.schedule("gamma", &FactorVae::gamma, 10.0).at_least(0).doc("weight of the total correlation");
    o.network("discriminator", &FactorVae::spec, descent::NetworkSpec::hidden({64, 64}, "elu"))
        .doc(
            "from z to the logit that its dimensions are of one example; the paper's has six layers of 1000, "
            "leaky_relu 0.2");
  }

  void build(const descent::Model& model, const descent::Fields&, descent::Registrar& registrar) override {
    const auto shape = descent::role<descent::LatentVariableModel>(model).latent_shape();
    if (shape.size() < 2)
      throw descent::Error("factor_vae needs 'latent' of two or more dimensions, to be correlated");
    require_once(name, group, registrar);
    discriminator = {spec, {shape.size()}, {1}, group, registrar};
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& own_groups) const override {
    return {{.name = "model", .rest = true}, {group, own_groups}};
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == group) return {{"joint"}, {"product"}};
    return {{"total_correlation"}};
  }

  void evaluate(std::string_view player, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const std::int64_t rows = batch.size();
    const auto z = reshape(latent_play(context, model, batch).z.value, {rows, model.latent_shape().size()});
    const auto logit = [&](const descent::Variable& code) {
      return reshape(discriminator.forward(code, context), {rows});
    };
    if (player != group) return out.set("total_correlation", logit(z), context(gamma));
    out.set("joint", softplus(-logit(z.detach())), 0.5);
    if (!has_pairs(name, batch, context)) return out.set("product", descent::Variable::scalar(0));
    out.set("product", softplus(logit(with_permuted_dimensions(z.detach(), context, name))), 0.5);
  }

 private:
  static constexpr const char *name = "factor_vae", *group = "factor_discriminator";
  descent::Schedule gamma;
  descent::NetworkSpec spec;
  descent::Network discriminator;
};

}  // namespace

DESCENT_LOSS(FactorVae, "factor_vae", "total correlation by a discriminator (Kim and Mnih, 2018)");
