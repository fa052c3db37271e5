#include <descent/nn/dropout.hpp>
#include <descent/plugin/layer.hpp>

namespace {

/// During training, zeroes each element with probability `rate` and scales the rest by 1/(1 − rate).
/// Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014.
class Dropout final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Dropout>& o) {
    o.number("rate", &Dropout::rate, 0.5)
        .at_least(0)
        .below(1)
        .main()
        .doc("probability of zeroing")
        .contrast(0.2);
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    return dropout(x, rate, pass);
  }

 private:
  double rate;
};

}  // namespace

DESCENT_LAYER(Dropout, "dropout", "zeroes elements at random during training (Srivastava et al., 2014)");
