// Goes into one library with mixed_first.cpp, which has other settings.
#undef EIGEN_MAX_ALIGN_BYTES
#define EIGEN_MAX_ALIGN_BYTES 32
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_mixed_second", "the other of two that were built differently")
