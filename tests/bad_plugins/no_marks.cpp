// A plugin class that nobody registered.
#include "must_not_run.hpp"
#include "plain_rule.hpp"

extern "C" descent::Optimizer* descent_make_plain_rule() {
  return new PlainRule;
}
