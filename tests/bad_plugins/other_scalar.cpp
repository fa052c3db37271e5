// Built with the scalar that the host does not have.
#undef DESCENT_SCALAR
#ifdef DESCENT_SCALAR_IS_double
#define DESCENT_SCALAR float
#else
#define DESCENT_SCALAR double
#endif
#include "must_not_run.hpp"
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_other_scalar", "built with another scalar")
