// Built for a version of the SDK that is not this host's.
#include <descent/plugin/abi.hpp>
#undef DESCENT_SDK_VERSION
#define DESCENT_SDK_VERSION 999
#include "must_not_run.hpp"
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_other_sdk", "built for another SDK")
