#include <descent/plugin/optimizer.hpp>

namespace {
class ThrowsInOptions final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<ThrowsInOptions>& o) {
    o.number("rate", &ThrowsInOptions::rate, 1);
    o.number("rate", &ThrowsInOptions::rate, 2);
  }
  void apply(const descent::Step&, descent::Block) const override {}

 private:
  double rate = 0;
};
}  // namespace

DESCENT_OPTIMIZER(ThrowsInOptions, "bad_throws_in_options", "declares an option twice")
