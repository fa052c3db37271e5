#pragma once

#include <cstdint>
#include <vector>

namespace descent {

/// The largest F_β that precision α(λ) = Σ min(λ·p, q) and recall α(λ)/λ reach together, λ = tan of `angles` angles between 0 and 90
/// degrees: p are the shares of the real examples in some clusters and q those of the samples. Sajjadi et al., Assessing
/// Generative Models via Precision and Recall, 2018.
double largest_f_score(const std::vector<double>& p, const std::vector<double>& q, std::int64_t angles,
                       double beta);

}  // namespace descent
