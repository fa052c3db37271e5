#include "must_not_run.hpp"
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_mixed_first", "one of two that were built differently")
