#include <descent/plugin/model.hpp>

namespace {

using namespace descent;

/// Codes z ~ N(0, exp(2·log_stddev)·I) of two dimensions, whatever x is; p(x | z) is N(0, 1) of three numbers.
class RoundCodes final : public Model, public LatentVariableModel {
 public:
  static void options(OptionSpec<RoundCodes>& o) {
    o.number("log_stddev", &RoundCodes::start, 0).doc("where the logarithm of the standard deviation starts");
  }
  void build(const Fields&, Registrar& registrar) override {
    log_stddev = &registrar.parameter("encoder", "log_stddev", {}, initialize::constant(start));
  }
  DistributionPtr encode(const Values& x, const Values&, Pass&) override {
    return make_distribution<Normal>(Tensor::zeros({x[0].shape()[0], 2}), 2 * log_stddev->variable);
  }
  DistributionPtr decode(const Variable& z, const Values&, Pass&) override {
    return make_distribution<Normal>(Tensor::zeros({z.shape()[0], 3}), 1.0);
  }
  Shape latent_shape() const override { return {2}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  double start = 0;
  std::vector<std::string> names = {"x"};
  Parameter* log_stddev = nullptr;
};

}  // namespace

DESCENT_MODEL(RoundCodes, "test_round_codes", "codes of one round normal distribution, for tests")
