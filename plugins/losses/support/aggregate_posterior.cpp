#include "aggregate_posterior.hpp"

#include <cmath>
#include <descent/base/error.hpp>

namespace {

using descent::Variable;

// All rows one after the other, as often as there are rows: (m, …) -> (m·m, …).
Variable tiled(const Variable& x) {
  const std::int64_t m = x.shape()[0], size = x.value().size();
  return reshape(broadcast_to(reshape(x, {1, size}), {m, size}), x.shape().row().batch(m * m));
}

// The logarithm of the weight of q(zᵢ | x_j) in q(zᵢ), in row j·m + i: (m·m, 1).
descent::Tensor log_weights(std::int64_t m, BatchWeights weights, double n) {
  const double others = static_cast<double>(m) - 1;
  if (m == 1) return descent::Tensor::zeros({1, 1});
  if (weights == BatchWeights::weighted)
    return descent::Tensor::full({m * m, 1}, -std::log(n * static_cast<double>(m)));
  auto result = descent::Tensor::full({m * m, 1}, -std::log(others));
  for (std::int64_t i = 0; i < m; ++i) {
    result.data()[i * m + i] = static_cast<descent::Scalar>(-std::log(n));
    result.data()[(i + 1) % m * m + i] = static_cast<descent::Scalar>(std::log((n - others) / (n * others)));
  }
  return result;
}

}  // namespace

AggregatePosterior aggregate_posterior(const descent::VariationalPlay& play, descent::Pass& pass,
                                       BatchWeights weights, std::int64_t examples) {
  const std::int64_t m = play.z.value.shape()[0], d = play.z.value.shape().row_size();
  if (examples < m)
    throw descent::Error(
        "the total correlation is estimated with the number of examples, which must be at least that of a "
        "batch; of "
        "endless data say it yourself, 'examples: N'");
  const auto per = descent::Per::element;
  const Variable own = reshape(play.log_posterior(pass, per), {m, d});
  // Row j·m + i: log q(zᵢ | x_j) − log q(zᵢ | xᵢ). Its exponential has the mean 1 and does not overflow.
  const Variable all = play.posterior->repeat(m)->log_prob(tiled(play.z.value), pass, per);
  const Variable ratio = reshape(all, {m * m, d}) - tiled(own),
                 w = log_weights(m, weights, static_cast<double>(examples));
  const auto sum_over_j = [&](const Variable& log_ratio, std::int64_t columns) {
    return reshape(log(sum_batch(reshape(exp(log_ratio + w), {m, m * columns}))), {m, columns});
  };
  const Variable conditional = sum_features(own);
  return {conditional, conditional + sum_features(sum_over_j(reshape(sum_features(ratio), {m * m, 1}), 1)),
          conditional + sum_features(sum_over_j(ratio, d))};
}
