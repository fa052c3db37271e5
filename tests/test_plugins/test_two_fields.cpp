#include <descent/plugin/model.hpp>

namespace {

/// A GAN over the fields `image` and `label`, both as numbers: D(image, label) = sum of image·slope + 3·label.
class TwoFields final : public descent::Model, public descent::AdversarialModel {
 public:
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    image = descent::find_field(fields, "image").shape;
    shift = &registrar.parameter("generator", "shift", image, descent::initialize::constant(0.5));
    slope = &registrar.parameter("discriminator", "slope", image, descent::initialize::constant(0.25));
  }
  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, 1});
  }
  descent::Values from_latent(const descent::Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    const std::int64_t count = z.shape()[0];
    const auto images = broadcast_to(reshape(shift->variable, image.batch(1)), image.batch(count));
    return {images, reshape(z, {count})};
  }
  descent::DiscriminatorOutput discriminate(const descent::Values& x, const descent::Values&,
                                            descent::Pass&) override {
    return {sum_features(x[0] * slope->variable) + 3 * x[1]};
  }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  std::vector<std::string> names = {"image", "label"};
  descent::Shape image;
  descent::Parameter *shift = nullptr, *slope = nullptr;
};

}  // namespace

DESCENT_MODEL(TwoFields, "test_two_fields", "a GAN over two fields, for tests")
