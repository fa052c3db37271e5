#include <descent/plugin/model.hpp>

namespace {

/// q(z | x) = N(encode · x, 1) and decode(z) = decode · z, number by number, on the field `x`.
class Coder final : public descent::Model, public descent::LatentVariableModel {
 public:
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    shape_ = descent::find_field(fields, "x").shape;
    encode_ = &registrar.parameter("encoder", "factor", shape_, descent::initialize::constant(1));
    decode_ = &registrar.parameter("decoder", "factor", shape_, descent::initialize::constant(1));
  }
  descent::DiagonalNormal encode(const descent::Variable& x, const descent::Variable&,
                                 descent::Pass&) override {
    return {x * encode_->variable, descent::Tensor::zeros(x.shape())};
  }
  descent::Variable decode(const descent::Variable& z, const descent::Variable&, descent::Pass&) override {
    return z * decode_->variable;
  }
  descent::Shape latent_shape() const override { return shape_; }
  std::string modeled_field() const override { return "x"; }

 private:
  descent::Shape shape_;
  descent::Parameter* encode_ = nullptr;
  descent::Parameter* decode_ = nullptr;
};

}  // namespace

DESCENT_MODEL(Coder, "test_coder", "a factor for each number, for tests")
