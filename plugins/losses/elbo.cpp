#include <algorithm>
#include <descent/plugin/loss.hpp>

namespace {

enum class Likelihood { bernoulli, gaussian };

/// The negative evidence lower bound: −E_q[log p(x | z)] + β·KL(q(z | x) ‖ N(0, I)), one sample of z, the
/// divergence in closed form. Kingma and Welling, Auto-Encoding Variational Bayes, 2014, equation 10; β:
/// Higgins et al., beta-VAE, 2017.
class Elbo final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<Elbo>& o) {
    o.choice("likelihood", &Elbo::likelihood, "bernoulli",
             {{"bernoulli", Likelihood::bernoulli}, {"gaussian", Likelihood::gaussian}})
        .doc("p(x | z): the decoder gives logits, or means")
        .contrast("gaussian");
    o.number("stddev", &Elbo::stddev, 1.0).positive().doc("standard deviation of the Gaussian likelihood");
    o.schedule("beta", &Elbo::beta, 1.0).at_least(0).doc("weight of the divergence").contrast(4.0);
  }

  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& groups) const override {
    return descent::single_player("model", groups);
  }
  std::vector<descent::TermSpec> declares(std::string_view) const override {
    return {{"reconstruction"}, {"kl"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& x = batch[model.modeled_field()];
    if (likelihood == Likelihood::bernoulli) require_unit_interval(batch, model.modeled_field());
    const auto y = descent::condition(batch, model.condition_field());
    const auto posterior = model.encode(x, y, context);
    const auto decoded = model.decode(posterior.sample(context), y, context);
    out.set("reconstruction", negative_log_likelihood(decoded, x));
    out.set("kl", posterior.kl_to_standard_normal(), context(beta));
  }

  descent::Variable likelihood_mean(const descent::Variable& parameters) const override {
    return likelihood == Likelihood::bernoulli ? sigmoid(parameters) : parameters;
  }

 private:
  static void require_unit_interval(const descent::Batch& batch, const std::string& name) {
    const auto& field = find_field(batch.fields(), name);
    const auto values = batch[name].value().values();
    const auto inside = [](double number) { return number >= 0 && number <= 1; };
    const bool known = field.low < field.high;
    if (field.classes == 0 &&
        (known ? inside(field.low) && inside(field.high) : std::all_of(values.begin(), values.end(), inside)))
      return;
    throw descent::Error("a Bernoulli likelihood is of numbers from 0 to 1, which '" + name +
                         "' are not; use likelihood: gaussian");
  }
  // (batch)
  descent::Variable negative_log_likelihood(const descent::Variable& decoded,
                                            const descent::Variable& x) const {
    if (likelihood == Likelihood::bernoulli) return sum_features(bce_with_logits(decoded, x));
    const double constant =
        std::log(2 * M_PI * stddev * stddev) / 2 * static_cast<double>(x.shape().row_size());
    return sum_features(square(x - decoded)) / (2 * stddev * stddev) + constant;
  }

  Likelihood likelihood;
  double stddev;
  descent::Schedule beta;
};

}  // namespace

DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling, 2014)");
