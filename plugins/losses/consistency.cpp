#include "random_change.hpp"

namespace {

enum class Kind { cr, bcr, zcr };

/// What should change nothing is to change no logit. `cr`: (D(x) − D(T(x)))² for data and a random change T, with a weight of
/// 10 in Zhang et al., Consistency Regularization for Generative Adversarial Networks, 2020, equation 3. `bcr`: for samples
/// too. `zcr`: (D(G(z)) − D(G(z + δ)))² for the discriminator and −(G(z) − G(z + δ))², a mean over numbers, for the generator,
/// with weights of 5 and 0.5 as two items by `players`. Zhao et al., Improved Consistency Regularization for GANs, 2021.
class Consistency final : public descent::LossOn<descent::AdversarialModel>, public RandomChange {
 public:
  static void options(descent::OptionSpec<Consistency>& o) {
    o.choice("kind", &Consistency::kind, "cr", {{"cr", Kind::cr}, {"bcr", Kind::bcr}, {"zcr", Kind::zcr}})
        .doc("what is changed: data, data and samples, or latent points");
    change_options(o);
  }
  void build(const descent::Model& model, const descent::Fields& fields, descent::Registrar&) override {
    if (kind != Kind::zcr) require_change(descent::role<descent::AdversarialModel>(model), fields);
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    if (kind == Kind::zcr) return {{"discriminator"}, {"generator"}};
    return {{"discriminator"}};
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (kind == Kind::zcr) return {{player == "generator" ? "diversity" : "latent"}};
    if (kind == Kind::cr) return {{"real"}};
    return {{"real"}, {"fake"}};
  }

  void evaluate(std::string_view player, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = adversarial_play(context, model, batch);
    const auto real = kind == Kind::zcr ? play.of_fake : discriminate_real(context, model, batch);
    const auto not_training_data = context.no_buffer_updates();
    const auto distance = [&](const descent::Variable& logits, const descent::Values& x) {
      return square(logits - model.discriminate(x, play.y, context).logits);
    };
    if (kind == Kind::zcr) {
      const auto z = play.z + latent_noise * context.normal(stream, play.z.shape());
      const auto near = model.from_latent(z, play.y, descent::Show::mean, context);
      if (player == "generator") return out.set("diversity", -mean_squared_distance(play.fake, near));
      return out.set("latent", distance(play.of_fake.logits, near));
    }
    out.set("real", distance(real.logits, changed(play.real, stream, context)));
    if (kind == Kind::cr) return;
    out.set("fake", distance(play.of_fake.logits, changed(play.fake, stream, context)));
  }

 private:
  static constexpr const char* stream = "consistency";

  Kind kind;
};

}  // namespace

DESCENT_LOSS(Consistency, "consistency",
             "changes that should not matter change no logit (Zhang et al., 2020)");
