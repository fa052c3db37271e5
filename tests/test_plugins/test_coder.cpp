#include <descent/plugin/model.hpp>

namespace {

/// q(z | x) = N(encode · x, 1) and p(x | z) of the parameters decode · z, number by number, on the field `x`.
class Coder final : public descent::Model, public descent::LatentVariableModel {
 public:
  static void options(descent::OptionSpec<Coder>& o) {
    o.likelihood("likelihood", &Coder::likelihood_, "bernoulli").doc("p(x | z)");
  }
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    shape_ = descent::find_field(fields, "x").shape;
    likelihood_.build(descent::find_field(fields, "x"), "decoder", registrar);
    encode_ = &registrar.parameter("encoder", "factor", shape_, descent::initialize::constant(1));
    decode_ = &registrar.parameter("decoder", "factor", shape_, descent::initialize::constant(1));
  }
  descent::DistributionPtr encode(const descent::Values& x, const descent::Values&, descent::Pass&) override {
    return descent::make_distribution<descent::Normal>(x[0] * encode_->variable,
                                                       descent::Tensor::zeros(x[0].shape()));
  }
  descent::DistributionPtr decode(const descent::Variable& z, const descent::Values&,
                                  descent::Pass&) override {
    return likelihood_(z * decode_->variable);
  }
  descent::Shape latent_shape() const override { return shape_; }
  const std::vector<std::string>& fields() const override { return names_; }

 private:
  descent::Likelihood likelihood_;
  std::vector<std::string> names_ = {"x"};
  descent::Shape shape_;
  descent::Parameter* encode_ = nullptr;
  descent::Parameter* decode_ = nullptr;
};

}  // namespace

DESCENT_MODEL(Coder, "test_coder", "a factor for each number, for tests")
