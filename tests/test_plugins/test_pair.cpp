#include <descent/plugin/model.hpp>

namespace {

/// generate(z) = scale · z + shift and discriminate(x) = x·direction + offset, on the field `point`.
class Pair final : public descent::Model, public descent::AdversarialModel {
 public:
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    shape_ = descent::find_field(fields, "point").shape;
    scale_ = &registrar.parameter("generator", "scale", shape_, descent::initialize::constant(1));
    shift_ = &registrar.parameter("generator", "shift", shape_, descent::initialize::constant(0));
    direction_ = &registrar.parameter("discriminator", "direction", shape_, descent::initialize::normal(1));
    offset_ = &registrar.parameter("discriminator", "offset", {}, descent::initialize::constant(0));
  }
  descent::Variable generate(const descent::Variable& z, const descent::Variable&, descent::Pass&) override {
    return scale_->variable * z + shift_->variable;
  }
  descent::Variable discriminate(const descent::Variable& x, const descent::Variable&,
                                 descent::Pass&) override {
    return sum_features(x * direction_->variable) + offset_->variable;
  }
  descent::Shape latent_shape() const override { return shape_; }
  std::string modeled_field() const override { return "point"; }

 private:
  descent::Shape shape_;
  descent::Parameter* scale_ = nullptr;
  descent::Parameter* shift_ = nullptr;
  descent::Parameter* direction_ = nullptr;
  descent::Parameter* offset_ = nullptr;
};

}  // namespace

DESCENT_MODEL(Pair, "test_pair", "an affine generator and discriminator, for tests")
