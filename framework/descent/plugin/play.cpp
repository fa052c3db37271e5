#include "descent/plugin/play.hpp"

namespace descent {

const VariationalPlay& variational_play(Context& context, LatentVariableModel& model, const Batch& batch) {
  return context.cached<VariationalPlay>("variational_play", [&] {
    VariationalPlay play;
    play.x = batch.values(model.fields());
    play.y = batch.values(model.condition_fields());
    play.posterior = model.encode(play.x, play.y, context);
    play.prior = model.prior(batch.size(), play.y, context);
    play.z = play.posterior->draw(context, "latent");
    play.likelihood = model.decode(play.z.value, play.y, context);
    return play;
  });
}

const AdversarialPlay& adversarial_play(Context& context, AdversarialModel& model, const Batch& batch) {
  return context.cached<AdversarialPlay>("adversarial_play", [&] {
    AdversarialPlay play;
    for (const Variable& field : batch.values(model.fields()))
      play.real.append(Variable::leaf(field.value()));
    play.y = batch.values(model.condition_fields());
    play.z = model.draw_latent(batch.size(), play.y, context);
    play.fake = model.from_latent(play.z, play.y, Show::mean, context);
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
