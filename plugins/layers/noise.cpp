#include <algorithm>
#include <descent/plugin/layer.hpp>

namespace {

/// During training, adds N(0, stddev²) to every element: instance noise where it is the first layer of a
/// discriminator, which then sees real and made examples through the same noise. Arjovsky and Bottou, Towards
/// Principled Methods for Training GANs, 2017, section 3.
class Noise final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Noise>& o) {
    o.schedule("stddev", &Noise::stddev, 0.1)
        .at_least(0)
        .main()
        .doc("standard deviation of the noise, by the trainer's step");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    if (!pass.training()) return x;
    const double now = stddev.at(std::max<std::int64_t>(pass.step(), 1));
    return x + now * pass.normal("noise", x.shape());
  }

 private:
  descent::Schedule stddev;
};

}  // namespace

DESCENT_LAYER(Noise, "noise", "adds Gaussian noise during training (Arjovsky and Bottou, 2017)");
