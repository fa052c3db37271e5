#include "descent/plugin/collapse.hpp"

#include <algorithm>

#include "descent/autograd/ops.hpp"

namespace descent {

namespace {

// The variance over the batch of each number: (batch, …) -> (…).
Variable variance(const Variable& x) {
  const auto rows = static_cast<double>(x.shape()[0]);
  return sum_batch(square(x - sum_batch(x) / rows)) / rows;
}

double total_variance(const Values& values) {
  double total = 0;
  for (const Variable& value : values) total += sum(variance(value)).value().item();
  return total;
}

double accuracy(AdversarialModel& model, const Values& real, const Values& fake, const Values& y,
                double threshold, Pass& pass) {
  const Variable right = mean(positive(model.discriminate(real, y, pass).logits - threshold)) +
                         mean(1.0 - positive(model.discriminate(fake, y, pass).logits - threshold));
  return right.value().item() / 2;
}

void look_at_posterior(LatentVariableModel& model, const Batch& data, const Values& y, Pass& pass,
                       CollapseSigns& signs) {
  constexpr double least_variance = 0.01;
  const DistributionPtr posterior = model.encode(data.values(model.fields()), y, pass);
  const DistributionPtr prior = model.prior(data.size(), y, pass);
  const Variable kl = prior ? posterior->kl(*prior) : Variable();
  if (kl.defined()) signs.kl = mean(kl).value().item();
  const Variable z = posterior->mean(pass);
  if (!z.defined()) return;
  const std::vector<double> variances = variance(z).value().to_doubles();
  signs.units = std::ssize(variances);
  signs.active_units =
      std::count_if(variances.begin(), variances.end(), [](double v) { return v > least_variance; });
}

}  // namespace

CollapseSigns signs_of_collapse(Model& model, const Batch& data, Pass& pass,
                                std::optional<double> threshold) {
  CollapseSigns signs;
  auto* generative = dynamic_cast<Generative*>(&model);
  if (generative == nullptr || data.size() < 2) return signs;
  const NoGrad no_history;
  const Values real = data.values(generative->fields()), y = data.values(generative->condition_fields());
  auto* adversarial = dynamic_cast<AdversarialModel*>(&model);
  if (generative->can_draw()) {
    const Values fake =
        generative->from_latent(generative->draw_latent(data.size(), y, pass), y, Show::mean, pass);
    if (const double of_data = total_variance(real); of_data > 0)
      signs.spread = total_variance(fake) / of_data;
    if (adversarial != nullptr && threshold)
      signs.discriminator_accuracy = accuracy(*adversarial, real, fake, y, *threshold, pass);
  }
  if (auto* latent = dynamic_cast<LatentVariableModel*>(&model))
    look_at_posterior(*latent, data, y, pass, signs);
  return signs;
}

}  // namespace descent
