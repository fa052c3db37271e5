#include <cmath>
#include <descent/plugin/model.hpp>

namespace {

using namespace descent;

/// N(m, s²) whose "noise" is 1.5·sin(1 + 0.7·i + 0.05·i²) in element i: a test knows every draw.
class FixedNoise final : public Distribution {
 public:
  FixedNoise(Variable mean, Variable log_stddev)
      : mean_(std::move(mean)), log_stddev_(std::move(log_stddev)), normal_(mean_, 2 * log_stddev_) {}

  const char* name() const override { return "normal"; }
  Variable log_prob(const Variable& x, Pass& pass, Per per) const override {
    return normal_.log_prob(x, pass, per);
  }
  Variable sample(Pass&, std::string_view) const override {
    Tensor noise = Tensor::empty(mean_.shape());
    for (std::int64_t i = 0; i < noise.size(); ++i) {
      const auto k = static_cast<double>(i);
      noise.data()[i] = static_cast<Scalar>(1.5 * std::sin(1 + 0.7 * k + 0.05 * k * k));
    }
    return mean_ + exp(log_stddev_) * noise;
  }
  bool reparameterized() const override { return true; }
  Variable mean(Pass&) const override { return mean_; }
  Variable kl(const Distribution& p, Per per) const override { return normal_.kl(p, per); }
  DistributionPtr repeat(std::int64_t count) const override {
    return make_distribution<FixedNoise>(repeat_rows(mean_, count), repeat_rows(log_stddev_, count));
  }
  DistributionPtr detached() const override {
    return make_distribution<FixedNoise>(mean_.detach(), log_stddev_.detach());
  }

 private:
  Variable mean_, log_stddev_;
  Normal normal_;
};

/// A posterior N(mean, exp(2·log_stddev)) whose rows are parameters, whatever x is, and p(x | z) = N(b + W·z, ¼·I) of three
/// numbers, W = (1, ½, −½) for every dimension of z and b = (0.1, −0.2, 0.3).
class FixedNoiseModel final : public Model, public LatentVariableModel {
 public:
  static void options(OptionSpec<FixedNoiseModel>& o) {
    o.matrix("mean", &FixedNoiseModel::mean, {{0.6}}).doc("a row for each example of a batch");
    o.matrix("log_stddev", &FixedNoiseModel::log_stddev, {{-0.69314718055994531}}).doc("likewise");
  }
  void build(const Fields&, Registrar& registrar) override {
    const auto parameter = [&](const char* name, const NumberRows& rows) {
      std::vector<double> numbers;
      for (const auto& row : rows) numbers.insert(numbers.end(), row.begin(), row.end());
      return &registrar.parameter("encoder", name, {std::ssize(rows), std::ssize(rows[0])},
                                  initialize::values(numbers));
    };
    m = parameter("mean", mean);
    log_s = parameter("log_stddev", log_stddev);
    offset = &registrar.parameter("decoder", "offset", {3}, initialize::values({.1, -.2, .3}));
  }
  DistributionPtr encode(const Values&, const Values&, Pass&) override {
    return make_distribution<FixedNoise>(m->variable, log_s->variable);
  }
  DistributionPtr decode(const Variable& z, const Values&, Pass&) override {
    const Variable sums = reshape(sum_features(z), {z.shape()[0], 1});
    return make_distribution<Normal>(matmul(sums, Tensor::of({1, 3}, {1, .5, -.5})) + offset->variable, 0.5);
  }
  Shape latent_shape() const override { return {m->shape[1]}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  NumberRows mean, log_stddev;
  std::vector<std::string> names = {"x"};
  Parameter *m = nullptr, *log_s = nullptr, *offset = nullptr;
};

}  // namespace

DESCENT_MODEL(FixedNoiseModel, "test_fixed_noise", "a posterior whose draws are known, for tests")
