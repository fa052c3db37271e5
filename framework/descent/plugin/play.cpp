#include "descent/plugin/play.hpp"

#include <fmt/format.h>

#include <array>

#include "descent/base/error.hpp"

namespace descent {

namespace {

/// `latent` for one draw of each example, `latent/5` for five: keys and random streams of plays.
class PlayKey {
 public:
  PlayKey(std::string_view name, std::int64_t samples) {
    end_ = samples == 1 ? fmt::format_to_n(text_.data(), text_.size(), "{}", name).out
                        : fmt::format_to_n(text_.data(), text_.size(), "{}/{}", name, samples).out;
  }
  std::string_view text() const { return {text_.data(), static_cast<std::size_t>(end_ - text_.data())}; }

 private:
  std::array<char, 64> text_{};
  char* end_;
};

// Each row of each value `count` times in a row.
Values repeated(const Values& values, std::int64_t count) {
  Values result;
  for (const Variable& value : values)
    result.append(value.defined() && count > 1 ? repeat_rows(value, count) : value);
  return result;
}

DistributionPtr repeated(const DistributionPtr& rows, std::int64_t count) {
  return count == 1 ? rows : rows->repeat(count);
}

}  // namespace

Variable VariationalPlay::log_likelihood(Pass& pass) const {
  return log_prob(*likelihood, repeated(x, samples), pass);
}

Variable VariationalPlay::log_prior(Pass& pass, Per per) const {
  if (prior == nullptr)
    throw Error(
        "this loss needs a prior, and the model has 'prior: none'; give it another one, or use the losses "
        "reconstruction and rae");
  Variable density = repeated(prior, samples)->log_prob(z.value, pass, per);
  if (!density.defined())
    throw Error(fmt::format("the density of the prior '{}' does not factorize over the latent dimensions",
                            prior->name()));
  return density;
}

Variable VariationalPlay::log_posterior(Pass& pass, Per per) const {
  if (!z.log_prob.defined())
    throw Error(
        fmt::format("this loss needs the density of the posterior, and a '{}' has none; give the model "
                    "'posterior: normal', or use the losses reconstruction, rae and latent_mmd",
                    posterior->name()));
  if (per == Per::row) return z.log_prob;
  Variable density = repeated(posterior, samples)->log_prob(z.value, pass, per);
  if (!density.defined())
    throw Error(fmt::format("the density of the posterior '{}' does not factorize over the latent dimensions",
                            posterior->name()));
  return density;
}

Variable VariationalPlay::divergence(Pass& pass, bool sampled, Per per) const {
  if (sampled) return mean_of_draws(log_posterior(pass, per) - log_prior(pass, per));
  Variable closed = prior ? posterior->kl(*prior, per) : Variable();
  if (!closed.defined()) {
    // Where one of the two has no density, a sampled divergence is refused as well; they say what works.
    log_posterior(pass);
    log_prior(pass);
    throw Error(fmt::format(
        "no closed form is known for the divergence of the posterior '{}' from the prior '{}'; use "
        "'kl: sampled'",
        posterior->name(), prior->name()));
  }
  return closed;
}

Variable VariationalPlay::mean_of_draws(const Variable& values) const {
  return samples == 1 ? values : sum_row_groups(values, samples) / static_cast<double>(samples);
}

const VariationalPlay& latent_play(Context& context, LatentVariableModel& model, const Batch& batch,
                                   std::int64_t samples) {
  const PlayKey key("latent", samples);
  return context.cached<VariationalPlay>(key.text(), [&] {
    VariationalPlay play = context.cached<VariationalPlay>("encoding", [&] {
      VariationalPlay encoded;
      encoded.x = batch.values(model.fields());
      encoded.y = batch.values(model.condition_fields());
      encoded.posterior = model.encode(encoded.x, encoded.y, context);
      encoded.prior = model.prior(batch.size(), encoded.y, context);
      return encoded;
    });
    play.samples = samples;
    play.z = repeated(play.posterior, samples)->draw(context, key.text());
    return play;
  });
}

const VariationalPlay& variational_play(Context& context, LatentVariableModel& model, const Batch& batch,
                                        std::int64_t samples) {
  return context.cached<VariationalPlay>(PlayKey("variational_play", samples).text(), [&] {
    VariationalPlay play = latent_play(context, model, batch, samples);
    play.likelihood = model.decode(play.z.value, repeated(play.y, samples), context);
    return play;
  });
}

std::vector<Player> LatentVariableLoss::players(const Model&, const std::vector<std::string>&) const {
  return {{.name = "model", .rest = true}};
}

const AdversarialPlay& adversarial_play(Context& context, AdversarialModel& model, const Batch& batch) {
  return context.cached<AdversarialPlay>("adversarial_play", [&] {
    AdversarialPlay play;
    for (const Variable& field : batch.values(model.fields()))
      play.real.append(Variable::leaf(field.value()));
    play.y = batch.values(model.condition_fields());
    play.z = model.draw_latent(batch.size(), play.y, context);
    // A field that no parameter has made is a leaf, so that slopes can be taken at it, too.
    for (const Variable& field : model.from_latent(play.z, play.y, Show::mean, context))
      play.fake.append(field.requires_grad() ? field : Variable::leaf(field.value()));
    play.of_fake = model.discriminate(play.fake, play.y, context);
    return play;
  });
}

const DiscriminatorOutput& discriminate_real(Context& context, AdversarialModel& model, const Batch& batch) {
  const AdversarialPlay& play = adversarial_play(context, model, batch);
  return context.cached<DiscriminatorOutput>("discriminate_real",
                                             [&] { return model.discriminate(play.real, play.y, context); });
}

}  // namespace descent
