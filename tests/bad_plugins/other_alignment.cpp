// Built with other Eigen alignments.
#undef EIGEN_MAX_ALIGN_BYTES
#define EIGEN_MAX_ALIGN_BYTES 32
#include "must_not_run.hpp"
#include "plain_rule.hpp"

DESCENT_OPTIMIZER(PlainRule, "bad_other_alignment", "built with other alignments")
