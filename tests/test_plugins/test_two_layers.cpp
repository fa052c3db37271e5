#include <descent/plugin/model.hpp>

namespace {

using namespace descent;

constexpr double coupling = 0.5;  // of the layers

/// N(z₁; m, s²)·N(z₂; z₁/2, 1) over z = (z₁, z₂): two stochastic layers, side by side in one variable. `knows_density`
/// false: it only tells the density of what it has drawn itself, as a posterior may whose layers are networks.
class Chain final : public Distribution {
 public:
  Chain(Variable mean, Variable log_stddev, bool knows_density)
      : mean_(std::move(mean)), log_stddev_(std::move(log_stddev)), knows_density_(knows_density) {}

  const char* name() const override { return "two_layers"; }
  Variable log_prob(const Variable& z, Pass& pass, Per) const override {
    if (!knows_density_) throw Error("two_layers knows the density of its own draws alone");
    return density(z, pass);
  }
  Variable sample(Pass& pass, std::string_view stream) const override { return draw(pass, stream).value; }
  Draw draw(Pass& pass, std::string_view stream) const override {
    const Variable first = Normal(mean_, 2 * log_stddev_).sample(pass, stream);
    const Variable second = Normal(coupling * first, 1.0).sample(pass, stream);
    const Variable z = concatenate_last(first, second);
    return {z, density(z, pass)};
  }
  bool reparameterized() const override { return true; }
  Variable mean(Pass&) const override { return concatenate_last(mean_, coupling * mean_); }
  DistributionPtr repeat(std::int64_t count) const override {
    return make_distribution<Chain>(repeat_rows(mean_, count), log_stddev_, knows_density_);
  }
  DistributionPtr detached() const override {
    return make_distribution<Chain>(mean_.detach(), log_stddev_.detach(), knows_density_);
  }

 private:
  Variable density(const Variable& z, Pass& pass) const {
    const Variable first = slice_last(z, 0, 1), second = slice_last(z, 1, 2);
    return Normal(mean_, 2 * log_stddev_).log_prob(first, pass) +
           Normal(coupling * first, 1.0).log_prob(second, pass);
  }

  Variable mean_, log_stddev_;
  bool knows_density_;
};

/// The linear Gaussian model z₁ ~ N(0, 1), x | z₁ ~ N(b + W·z₁, ¼·I) with W = (1, ½, −½) and b = (0.1, −0.2, 0.3), and a
/// second latent layer z₂ ~ N(z₁/2, 1) on top that x does not depend on. The posterior of z₁ is N(m, s²) for every x.
class TwoLayers final : public Model, public LatentVariableModel {
 public:
  static void options(OptionSpec<TwoLayers>& o) {
    o.number("mean", &TwoLayers::mean, 0.6).doc("m");
    o.number("stddev", &TwoLayers::stddev, 0.5).positive().doc("s");
    o.flag("knows_density", &TwoLayers::knows_density, false)
        .doc("the posterior has a density of other points than its own draws");
  }
  void build(const Fields&, Registrar& registrar) override {
    m = &registrar.parameter("encoder", "mean", {}, initialize::constant(mean));
    log_s = &registrar.parameter("encoder", "log_stddev", {}, initialize::constant(std::log(stddev)));
  }
  DistributionPtr prior(std::int64_t rows, const Values&, Pass&) override {
    return make_distribution<Chain>(Tensor::zeros({rows, 1}), Variable::scalar(0), true);
  }
  DistributionPtr encode(const Values& x, const Values&, Pass&) override {
    const Variable zeros = Tensor::zeros({x[0].shape()[0], 1});
    return make_distribution<Chain>(zeros + m->variable, log_s->variable, knows_density);
  }
  DistributionPtr decode(const Variable& z, const Values&, Pass&) override {
    const Variable weights = Tensor::of({1, 3}, {1, .5, -.5}), offsets = Tensor::of({3}, {.1, -.2, .3});
    return make_distribution<Normal>(matmul(slice_last(z, 0, 1), weights) + offsets, 0.5);
  }
  Shape latent_shape() const override { return {2}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  std::vector<std::string> names = {"x"};
  double mean = 0, stddev = 0;
  bool knows_density = false;
  Parameter *m = nullptr, *log_s = nullptr;
};

}  // namespace

DESCENT_MODEL(TwoLayers, "test_two_layers", "a posterior that can only draw, for tests")
