// Linked with -ffast-math, which sets flush-to-zero when it is loaded.
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_fast_math", "turns tiny numbers into zero")
