#include <descent/plugin/optimizer.hpp>

namespace {

/// Makes one update of several: the rules after it get the mean of `every` updates, and wait meanwhile. A
/// batch that does not fit into memory is trained in pieces so.
class Accumulate final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Accumulate>& o) {
    o.integer("every", &Accumulate::every, 2)
        .at_least(1)
        .doc("how many updates become one")
        .contrast(std::int64_t{3});
  }

  descent::Slots slots(const descent::Parameter&) const override { return {"sum"}; }
  descent::ScalarStates scalars() const override { return {"count"}; }

  descent::Verdict begin(const descent::Step&, descent::Scalars scalars) const override {
    scalars[0] = complete(scalars[0]) ? 1 : scalars[0] + 1;
    return complete(scalars[0]) ? descent::Verdict::proceed : descent::Verdict::hold;
  }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), sum = block.slot(0);
    sum += update;
    if (!complete(step.scalar(0))) return;
    update = sum / static_cast<descent::Scalar>(every);
    sum = 0;
  }

 private:
  bool complete(double count) const { return count >= static_cast<double>(every); }
  std::int64_t every = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Accumulate, "accumulate", "one update from the mean of several");
