#include <stdexcept>
#include <string>

#include <descent/plugin/optimizer.hpp>
#include <descent/plugin/role.hpp>

namespace {

/// An exception class that only this library knows.
class Exploded : public std::exception {
 public:
  explicit Exploded(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

class ThrowsInApply final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<ThrowsInApply>& o) {
    o.text("what", &ThrowsInApply::what, "own").doc("own, number, error or role");
  }
  void apply(const descent::Step&, descent::Block) const override {
    if (what == "own") throw Exploded("the rule exploded");
    if (what == "number") throw 7;
    if (what == "role") throw descent::RoleMismatch("Predictor");
    throw descent::Error("learning_rate and beta1 do not go together");
  }

 private:
  std::string what;
};

}  // namespace

DESCENT_OPTIMIZER(ThrowsInApply, "bad_throws_in_apply", "fails when it is used")
