#include "precision_recall_curve.hpp"

#include <algorithm>
#include <cmath>

namespace descent {

double largest_f_score(const std::vector<double>& p, const std::vector<double>& q, std::int64_t angles,
                       double beta) {
  constexpr double edge =
      1e-10;  // as in the paper's own program: the outermost angles are not quite 0 and 90 degrees
  double largest = 0;
  for (std::int64_t i = 0; i < angles; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(angles - 1);
    const double slope = std::tan(edge + (M_PI / 2 - 2 * edge) * share);
    double precision = 0;
    for (std::size_t c = 0; c < p.size(); ++c) precision += std::min(slope * p[c], q[c]);
    const double recall = precision / slope;
    const double score = (1 + beta * beta) * precision * recall / (beta * beta * precision + recall + edge);
    largest = std::max(largest, score);
  }
  return largest;
}

}  // namespace descent
