#pragma once

#include "descent/autograd/ops.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// x (batch, …) -> (batch, …): in a training pass zeroes each element with probability `rate` and scales the
/// rest by 1/(1 − rate), drawn from the stream `dropout`; in evaluation returns x. Srivastava et al., Dropout,
/// 2014 (the inverted form). Throws Error when the rate is not in [0, 1).
DESCENT_API Variable dropout(const Variable& x, double rate, Pass& pass);

}  // namespace descent
