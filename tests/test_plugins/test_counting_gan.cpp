#include <descent/plugin/model.hpp>

namespace {

/// G(z) = z + shift and D(x) = sum(slope · x), of the field `point` (2), with buffers that count the training forwards of
/// the discriminator that update buffers, and all of the generator's up to one that does.
class CountingGan final : public descent::Model, public descent::AdversarialModel {
 public:
  void build(const descent::Fields&, descent::Registrar& registrar) override {
    shift = &registrar.parameter("generator", "shift", {2}, descent::initialize::constant(0.1));
    slope = &registrar.parameter("discriminator", "slope", {2}, descent::initialize::constant(0.2));
    forwards = &registrar.state("discriminator", "forwards", descent::Tensor::scalar(0));
    made = &registrar.state("generator", "forwards", descent::Tensor::scalar(0));
  }
  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, 2});
  }
  descent::Values from_latent(const descent::Variable& z, const descent::Values&, descent::Show,
                              descent::Pass& pass) override {
    if (pass.training()) made->stage(descent::Tensor::scalar(static_cast<double>(++passes)), pass);
    return z + shift->variable;
  }
  descent::DiscriminatorOutput discriminate(const descent::Values& x, const descent::Values&,
                                            descent::Pass& pass) override {
    if (pass.training()) forwards->stage(descent::Tensor::scalar(forwards->latest().item() + 1), pass);
    return {sum_features(x[0] * slope->variable)};
  }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  std::vector<std::string> names = {"point"};
  descent::Parameter *shift = nullptr, *slope = nullptr;
  descent::Buffer *forwards = nullptr, *made = nullptr;
  std::int64_t passes = 0;
};

}  // namespace

DESCENT_MODEL(CountingGan, "test_counting_gan", "a GAN that counts its discriminator's forwards, for tests")
