#include <descent/plugin/model.hpp>

namespace {

/// generate(z) = z + shift and discriminate(x) = sum(slope · x), of the field `point` (2), with a buffer that
/// counts the training forwards of the discriminator.
class CountingGan final : public descent::Model, public descent::AdversarialModel {
 public:
  void build(const descent::Fields&, descent::Registrar& registrar) override {
    shift = &registrar.parameter("generator", "shift", {2}, descent::initialize::constant(0.1));
    slope = &registrar.parameter("discriminator", "slope", {2}, descent::initialize::constant(0.2));
    forwards = &registrar.buffer("discriminator", "forwards", descent::Tensor::scalar(0));
  }
  descent::Variable generate(const descent::Variable& z, const descent::Variable&, descent::Pass&) override {
    return z + shift->variable;
  }
  descent::Variable discriminate(const descent::Variable& x, const descent::Variable&,
                                 descent::Pass& pass) override {
    if (pass.training()) forwards->stage(descent::Tensor::scalar(forwards->latest().item() + 1), pass);
    return sum_features(x * slope->variable);
  }
  descent::Shape latent_shape() const override { return {2}; }
  std::string modeled_field() const override { return "point"; }

 private:
  descent::Parameter *shift = nullptr, *slope = nullptr;
  descent::Buffer* forwards = nullptr;
};

}  // namespace

DESCENT_MODEL(CountingGan, "test_counting_gan", "a GAN that counts its discriminator's forwards, for tests")
