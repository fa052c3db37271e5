#include "plain_rule.hpp"

// Defined nowhere: what a plugin gets that forgot to link a library.
int symbol_of_a_library_that_was_not_linked();

namespace {
class Unresolved final : public descent::Optimizer {
 public:
  void apply(const descent::Step&, descent::Block) const override {
    symbol_of_a_library_that_was_not_linked();
  }
};
}  // namespace

DESCENT_OPTIMIZER(Unresolved, "bad_unresolved", "lacks a library")
