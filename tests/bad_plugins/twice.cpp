// Built into two libraries: the same name in two files.
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_twice", "there are two of it")
