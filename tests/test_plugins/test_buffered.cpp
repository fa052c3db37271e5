#include <descent/plugin/model.hpp>

namespace {

/// predict(x) = scale · (x − running mean) + shift, of the field `x` (features). Training passes stage
/// running mean = momentum · running mean + (1 − momentum) · the batch's mean, and use the batch's own.
/// The first batch sets `shift` to its mean, and leaves the running mean at 0.
class Buffered final : public descent::Model, public descent::Predictor {
 public:
  static void options(descent::OptionSpec<Buffered>& o) {
    o.number("momentum", &Buffered::momentum, 0.5).in(0, 1).doc("weight of the past in the running mean");
  }
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    const descent::Shape shape = descent::find_field(fields, "x").shape;
    scale_ = &registrar.parameter("predictor", "scale", shape, descent::initialize::constant(1));
    shift_ = &registrar.parameter("predictor", "shift", shape, descent::initialize::constant(0));
    mean_ = &registrar.average("predictor", "running_mean", descent::Tensor::zeros(shape));
  }
  void initialize(const descent::Batch& first, descent::Pass&) override {
    shift_->value.copy_from(batch_mean(first["x"]).value());
  }
  descent::Values predict(const descent::Values& x, descent::Pass& pass) override {
    descent::Variable center = mean_->value();
    if (pass.training()) {
      center = batch_mean(x[0]);
      mean_->average(center.value(), 1 - momentum, pass);
    }
    return scale_->variable * (x[0] - center) + shift_->variable;
  }
  const std::vector<std::string>& input_fields() const override { return inputs_; }
  const std::vector<std::string>& target_fields() const override { return targets_; }

 private:
  static descent::Variable batch_mean(const descent::Variable& x) {
    return sum_batch(x) / static_cast<double>(x.shape()[0]);
  }
  std::vector<std::string> inputs_ = {"x"}, targets_ = {"target"};
  double momentum = 0;
  descent::Parameter* scale_ = nullptr;
  descent::Parameter* shift_ = nullptr;
  descent::Buffer* mean_ = nullptr;
};

}  // namespace

DESCENT_MODEL(Buffered, "test_buffered", "a predictor with a running mean, for tests")
