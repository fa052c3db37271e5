#include <descent/plugin/model.hpp>

namespace {

/// G(z) = scale · z + shift and D(x) = x·direction + offset, on the field `point`.
class Pair final : public descent::Model, public descent::AdversarialModel {
 public:
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    shape_ = descent::find_field(fields, "point").shape;
    scale_ = &registrar.parameter("generator", "scale", shape_, descent::initialize::constant(1));
    shift_ = &registrar.parameter("generator", "shift", shape_, descent::initialize::constant(0));
    direction_ = &registrar.parameter("discriminator", "direction", shape_, descent::initialize::normal(1));
    offset_ = &registrar.parameter("discriminator", "offset", {}, descent::initialize::constant(0));
  }
  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", shape_.batch(count));
  }
  descent::Values from_latent(const descent::Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    return scale_->variable * z + shift_->variable;
  }
  descent::DiscriminatorOutput discriminate(const descent::Values& x, const descent::Values&,
                                            descent::Pass&) override {
    return {sum_features(x[0] * direction_->variable) + offset_->variable};
  }
  const std::vector<std::string>& fields() const override { return names_; }

 private:
  std::vector<std::string> names_ = {"point"};
  descent::Shape shape_;
  descent::Parameter* scale_ = nullptr;
  descent::Parameter* shift_ = nullptr;
  descent::Parameter* direction_ = nullptr;
  descent::Parameter* offset_ = nullptr;
};

}  // namespace

DESCENT_MODEL(Pair, "test_pair", "an affine generator and discriminator, for tests")
