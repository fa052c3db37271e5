#include <unistd.h>
#include <xmmintrin.h>

#include <cfenv>
#include <clocale>

#include <descent/plugin/optimizer.hpp>

namespace {

enum class What { nothing, rounding, flushing, locale, directory };

/// Gradient descent that changes, at its third update, something that belongs to the whole process.
class Disturbs final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Disturbs>& o) {
    o.choice("what", &Disturbs::what, "nothing",
             {{"nothing", What::nothing},
              {"rounding", What::rounding},
              {"flushing", What::flushing},
              {"locale", What::locale},
              {"directory", What::directory}})
        .doc("what it changes")
        .contrast("rounding");
    o.number("learning_rate", &Disturbs::learning_rate, 1e-3).doc("step size");
  }
  void apply(const descent::Step& step, descent::Block b) const override {
    b.update() *= descent::Scalar(learning_rate);
    if (step.update() == 3) disturb();
  }

 private:
  void disturb() const {
    switch (what) {
      case What::nothing:
        return;
      case What::rounding:
        std::fesetround(FE_UPWARD);
        return;
      case What::flushing:
        _mm_setcsr(_mm_getcsr() | 0x8040u);
        return;
      case What::locale:
        std::setlocale(LC_ALL, "C.UTF-8");
        return;
      case What::directory:
        if (chdir("/") != 0) throw descent::RunError("there is no /");
    }
  }

  What what;
  double learning_rate;
};

}  // namespace

DESCENT_OPTIMIZER(Disturbs, "test_disturbs", "changes what belongs to the whole process, for tests")
