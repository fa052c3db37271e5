#include <descent/plugin/model.hpp>

// Predictors that are each wrong in one way, and right in every other.
namespace {

using namespace descent;

/// factor · x, number by number, of the field `image`.
class Factors : public Model, public Predictor {
 public:
  void build(const Fields& fields, Registrar& registrar) override {
    const Shape shape = find_field(fields, "image").shape;
    factor = &registrar.parameter("predictor", "factor", shape, initialize::normal(1));
    mean = &registrar.average("predictor", "mean", Tensor::zeros(shape));
  }
  const std::vector<std::string>& input_fields() const override { return names; }
  const std::vector<std::string>& target_fields() const override { return names; }

 protected:
  std::vector<std::string> names = {"image"};
  Parameter* factor = nullptr;
  Buffer* mean = nullptr;
};

class SummedUp final : public Factors {
 public:
  Values predict(const Values& x, Pass&) override { return sum_features(x[0] * factor->variable); }
};
class WritesBuffer final : public Factors {
 public:
  Values predict(const Values& x, Pass& pass) override {
    if (pass.training() && pass.stages_buffers())
      mean->assign((Variable(mean->value()) * 0.5 + static_cast<double>(x[0].shape()[0]) * 0.5).value());
    return x[0] * factor->variable;
  }
};
class StagesInEvaluation final : public Factors {
 public:
  Values predict(const Values& x, Pass& pass) override {
    mean->stage((sum_batch(x[0]) + Variable(mean->value())).value(), pass);
    return x[0] * factor->variable;
  }
};
class CountsCalls final : public Factors {
 public:
  Values predict(const Values& x, Pass& pass) override {
    if (pass.training() && pass.stages_buffers()) calls_ += 1;
    return x[0] * factor->variable * (1 + 0.1 * calls_);
  }

 private:
  double calls_ = 0;
};

}  // namespace

DESCENT_MODEL(SummedUp, "test_summed_up", "predictions without a dimension of outputs, for tests")
DESCENT_MODEL(WritesBuffer, "test_writes_buffer", "writes a buffer at once, for tests")
DESCENT_MODEL(StagesInEvaluation, "test_stages_in_evaluation", "stages in every pass, for tests")
DESCENT_MODEL(CountsCalls, "test_counts_calls", "keeps a count in itself, for tests")
