#include <descent/plugin/optimizer.hpp>

namespace {

/// Cuts every value to [−limit, limit] after each update.
class Project final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Project>& o) {
    o.number("limit", &Project::limit, 1.0).positive().doc("the largest size of a value");
  }
  void apply(const descent::Step&, descent::Block) const override {}
  void settle(const descent::Step&, descent::SettledBlock b) const override {
    const auto bound = static_cast<descent::Scalar>(limit);
    b.value() = b.value().max(-bound).min(bound);
  }

 private:
  double limit = 0;
};

}  // namespace

DESCENT_OPTIMIZER(Project, "test_project", "cuts values after the update, for tests")
