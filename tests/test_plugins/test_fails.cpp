#include <descent/plugin/loss.hpp>

namespace {

/// Adds 0, and fails where batch statistics are re-estimated.
class Fails final : public descent::Loss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"nothing"}};
  }
  void evaluate(std::string_view, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    if (context.buffer_updates() == descent::BufferUpdates::reestimated)
      throw descent::Error("this loss fails where statistics are re-estimated");
    out.set("nothing", descent::Variable::scalar(0));
  }
};

}  // namespace

DESCENT_LOSS(Fails, "test_fails", "fails where statistics are re-estimated, for tests")
