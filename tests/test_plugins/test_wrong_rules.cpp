#include <descent/plugin/optimizer.hpp>
#include <vector>

// Rules that are each wrong in one way, and right in every other.
namespace {

using descent::Block, descent::Step;

/// Gradient descent, for what is built on it.
template <class Derived>
class Rule : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Derived>& o) {
    o.schedule("learning_rate", &Derived::learning_rate, 0.1).positive().doc("step size");
  }
  descent::Scalar rate(const Step& step) const { return static_cast<descent::Scalar>(step(learning_rate)); }
  descent::Schedule learning_rate;
};

class IdleOption final : public Rule<IdleOption> {
 public:
  static void options(descent::OptionSpec<IdleOption>& o) {
    Rule::options(o);
    o.number("beta", &IdleOption::beta, 0.9).in(0, 1).doc("forgotten").contrast(0.5);
  }
  void apply(const Step& step, Block b) const override { b.update() *= rate(step); }
  double beta = 0;
};

class Allocates final : public Rule<Allocates> {
 public:
  void apply(const Step& step, Block b) const override {
    const std::vector<descent::Scalar> copy(b.update().begin(), b.update().end());
    for (std::size_t i = 0; i < copy.size(); ++i) b.update()[static_cast<long>(i)] = rate(step) * copy[i];
  }
};

class BlockDependent final : public Rule<BlockDependent> {
 public:
  void apply(const Step& step, Block b) const override {
    b.update() *= rate(step);
    // The last number of a parameter stands in a block that is padded with zeros, or in the middle of one.
    if (b.size() > 1) b.update()[0] *= static_cast<descent::Scalar>(0.9);
  }
};

class Remembers final : public Rule<Remembers> {
 public:
  descent::Verdict begin(const Step&, descent::Scalars) const override {
    ++calls_;
    return descent::Verdict::proceed;
  }
  void apply(const Step& step, Block b) const override {
    b.update() *= rate(step) / (1 + static_cast<descent::Scalar>(calls_) / 1000);
  }

 private:
  mutable int calls_ = 0;
};

/// Leaves parameters alone where the gradient is no number, but keeps the NaN in its slot.
class SilentNan final : public Rule<SilentNan> {
 public:
  descent::Slots slots(const descent::Parameter&) const override { return {"average"}; }
  void apply(const Step& step, Block b) const override {
    auto u = b.update(), average = b.slot(0);
    average = 0.5 * average + 0.5 * u;
    for (descent::Scalar& number : u) number = number - number == 0 ? rate(step) * number : 0;
  }
};

/// Calls its slots as no log can.
class NamedSlots final : public Rule<NamedSlots> {
 public:
  enum class Names { twice, spaced, empty };
  static void options(descent::OptionSpec<NamedSlots>& o) {
    Rule::options(o);
    o.choice("names", &NamedSlots::names, "twice",
             {{"twice", Names::twice}, {"spaced", Names::spaced}, {"empty", Names::empty}})
        .doc("what is wrong with them");
  }
  descent::Slots slots(const descent::Parameter&) const override {
    if (names == Names::twice) return {"m", "m"};
    return {names == Names::spaced ? "a b" : ""};
  }
  void apply(const Step& step, Block b) const override { b.update() *= rate(step); }
  Names names = Names::twice;
};

/// Its slot overflows and stops it, while every value stays finite.
class Freezes final : public Rule<Freezes> {
 public:
  descent::Slots slots(const descent::Parameter&) const override { return {"squares"}; }
  void apply(const Step& step, Block b) const override {
    auto u = b.update(), squares = b.slot(0);
    squares += u.square();
    u = rate(step) * u / (1 + squares);
  }
};

class Climbs final : public Rule<Climbs> {
 public:
  void apply(const Step& step, Block b) const override { b.update() *= -rate(step); }
};

class Throws final : public Rule<Throws> {
 public:
  void apply(const Step&, Block) const override { throw std::out_of_range("the rule gave up"); }
};

class Crashes final : public Rule<Crashes> {
 public:
  void apply(const Step& step, Block b) const override {
    if (b.parameter().name == "point.value") __builtin_trap();
    b.update() *= rate(step);
  }
};

}  // namespace

DESCENT_OPTIMIZER(IdleOption, "test_idle_option", "an option without effect, for tests")
DESCENT_OPTIMIZER(Allocates, "test_allocates", "takes memory in every update, for tests")
DESCENT_OPTIMIZER(BlockDependent, "test_block_dependent", "depends on the size of blocks, for tests")
DESCENT_OPTIMIZER(Remembers, "test_remembers", "keeps a count in itself, for tests")
DESCENT_OPTIMIZER(SilentNan, "test_silent_nan", "keeps NaN in a slot without a word, for tests")
DESCENT_OPTIMIZER(NamedSlots, "test_named_slots", "slots with names that cannot be, for tests")
DESCENT_OPTIMIZER(Freezes, "test_freezes", "a slot that overflows, for tests")
DESCENT_OPTIMIZER(Climbs, "test_climbs", "goes up instead of down, for tests")
DESCENT_OPTIMIZER(Throws, "test_throws", "throws, for tests")
DESCENT_OPTIMIZER(Crashes, "test_crashes", "ends the process on one problem, for tests")
