#include <descent/plugin/model.hpp>

namespace {

/// A generator whose parameters are its samples, in turn, and any discriminator network, on the field `x`.
class FixedGan final : public descent::Model, public descent::AdversarialModel {
 public:
  static void options(descent::OptionSpec<FixedGan>& o) {
    o.matrix("samples", &FixedGan::start, {{1.0}}).doc("the samples, row by row");
    o.network("discriminator", &FixedGan::spec, descent::NetworkSpec::hidden({8}, "tanh"))
        .doc("from x to a logit");
  }
  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    shape = descent::find_field(fields, "x").shape;
    std::vector<double> numbers;
    for (const auto& row : start) numbers.insert(numbers.end(), row.begin(), row.end());
    samples = &registrar.parameter("generator", "samples", {std::ssize(start), shape.size()},
                                   descent::initialize::values(numbers));
    discriminator = {spec, {shape.size()}, {1}, "discriminator", registrar};
  }
  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass&) override {
    return descent::Tensor::zeros({count, 1});
  }
  descent::Values from_latent(const descent::Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    descent::Variable made = samples->variable;
    const std::int64_t count = z.shape()[0];
    while (made.shape()[0] < count) made = concatenate_batch(made, samples->variable);
    return reshape(slice_batch(made, 0, count), shape.batch(count));
  }
  descent::DiscriminatorOutput discriminate(const descent::Values& x, const descent::Values&,
                                            descent::Pass& pass) override {
    const std::int64_t rows = x[0].shape()[0];
    const auto [logits, features] =
        discriminator.forward_with_features(reshape(x[0], {rows, shape.size()}), {}, pass);
    return {reshape(logits, {rows}), features};
  }
  bool discriminator_mixes_examples() const override { return discriminator.mixes_examples(); }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  std::vector<std::string> names = {"x"};
  descent::NumberRows start;
  descent::NetworkSpec spec;
  descent::Shape shape;
  descent::Parameter* samples = nullptr;
  descent::Network discriminator;
};

}  // namespace

DESCENT_MODEL(FixedGan, "test_fixed_gan", "a GAN whose generator's parameters are its samples, for tests")
