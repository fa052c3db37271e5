#include "descent/sweep/cmaes.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent::sweep {

namespace {

constexpr int most_draws = 100;
constexpr double most_deviation = 1.0 / 3;
// The tutorial ends a run where C's condition is worse.
constexpr double worst_condition = 1e14;

bool is_within_bounds(const Eigen::VectorXd& point) {
  return (point.array() >= 0).all() && (point.array() <= 1).all();
}

}  // namespace

std::int64_t default_population(std::int64_t dimensions) {
  return 4 + static_cast<std::int64_t>(std::floor(3 * std::log(static_cast<double>(dimensions))));
}

CmaEsParameters::CmaEsParameters(std::int64_t n_dimensions, std::int64_t n_points)
    : dimensions(n_dimensions), population(n_points), parents(n_points / 2), weights(n_points) {
  DESCENT_ASSERT(dimensions >= 1 && population >= 2, "a generation of points with coordinates");
  const auto n = static_cast<double>(dimensions), lambda = static_cast<double>(population);
  for (std::int64_t i = 0; i < population; ++i)
    weights[i] = std::log((lambda + 1) / 2) - std::log(static_cast<double>(i + 1));  // 49
  const auto best = weights.head(parents), others = weights.tail(population - parents);
  mu_eff = best.sum() * best.sum() / best.squaredNorm();
  const double mu_eff_others = others.sum() * others.sum() / others.squaredNorm();
  c_sigma = (mu_eff + 2) / (n + mu_eff + 5);                                                      // 55
  d_sigma = 1 + 2 * std::max(0.0, std::sqrt((mu_eff - 1) / (n + 1)) - 1) + c_sigma;               // 55
  c_c = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n);                                              // 56
  c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);                                                     // 57
  c_mu = std::min(1 - c_1, 2 * (0.25 + mu_eff + 1 / mu_eff - 2) / ((n + 2) * (n + 2) + mu_eff));  // 58
  expected_norm = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  const double negative = std::min(
      {1 + c_1 / c_mu, 1 + 2 * mu_eff_others / (mu_eff + 2), (1 - c_1 - c_mu) / (n * c_mu)});  // 50 to 52
  double positive_sum = 0, negative_sum = 0;
  for (const double weight : weights) (weight > 0 ? positive_sum : negative_sum) += std::abs(weight);
  for (double& weight : weights)
    weight = weight >= 0 ? weight / positive_sum : negative * weight / negative_sum;  // 53
}

CmaEs::CmaEs(std::int64_t dimensions, std::int64_t population)
    : parameters_(dimensions, population),
      mean_(Eigen::VectorXd::Constant(dimensions, 0.5)),
      path_sigma_(Eigen::VectorXd::Zero(dimensions)),
      path_c_(Eigen::VectorXd::Zero(dimensions)),
      covariance_(Eigen::MatrixXd::Identity(dimensions, dimensions)) {
  take_roots();
}

void CmaEs::take_roots() {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance_);
  const double least = std::max(solver.eigenvalues().maxCoeff(), 0.0) / worst_condition;
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(least).cwiseSqrt();
  const Eigen::MatrixXd& vectors = solver.eigenvectors();
  root_ = vectors * roots.asDiagonal() * vectors.transpose();
  inverse_root_ = vectors * roots.cwiseInverse().asDiagonal() * vectors.transpose();
}

Eigen::VectorXd CmaEs::ask(RandomStream& random) const {
  Eigen::VectorXd point(parameters_.dimensions);
  for (int draw = 0; draw < most_draws; ++draw) {
    for (double& coordinate : point) coordinate = random.normal();
    point = mean_ + sigma_ * (root_ * point);  // 38 to 40
    if (is_within_bounds(point)) return point;
  }
  return point.cwiseMax(0).cwiseMin(1);
}

void CmaEs::tell(const Eigen::MatrixXd& ranked) {
  const CmaEsParameters& p = parameters_;
  DESCENT_ASSERT(ranked.rows() == p.dimensions && ranked.cols() == p.population, "a whole generation");
  ++generation_;
  const Eigen::MatrixXd steps = (ranked.colwise() - mean_) / sigma_;
  const Eigen::VectorXd step = steps.leftCols(p.parents) * p.weights.head(p.parents);  // 41
  mean_ += sigma_ * step;                                                              // 42, c_m = 1
  path_sigma_ = (1 - p.c_sigma) * path_sigma_ +
                std::sqrt(p.c_sigma * (2 - p.c_sigma) * p.mu_eff) * (inverse_root_ * step);  // 43
  const double length = path_sigma_.norm();
  const double settled = std::sqrt(1 - std::pow(1 - p.c_sigma, 2 * static_cast<double>(generation_ + 1)));
  const bool stalls =
      length / settled >= (1.4 + 2 / static_cast<double>(p.dimensions + 1)) * p.expected_norm;  // h_σ = 0
  path_c_ = (1 - p.c_c) * path_c_;                                                              // 45
  if (!stalls) path_c_ += std::sqrt(p.c_c * (2 - p.c_c) * p.mu_eff) * step;
  update_covariance(steps, inverse_root_ * steps, stalls);
  sigma_ *= std::exp(p.c_sigma / p.d_sigma * (length / p.expected_norm - 1));  // 44
  sigma_ = std::min(sigma_, most_deviation / std::sqrt(covariance_.diagonal().maxCoeff()));
  take_roots();
}

void CmaEs::update_covariance(const Eigen::MatrixXd& steps, const Eigen::MatrixXd& whitened, bool stalls) {
  const CmaEsParameters& p = parameters_;
  Eigen::VectorXd weights = p.weights;
  for (std::int64_t i = 0; i < p.population; ++i)
    if (weights[i] < 0) {  // 46
      const double squared = whitened.col(i).squaredNorm();
      weights[i] *= squared > 0 ? static_cast<double>(p.dimensions) / squared : 0;
    }
  const double lost = stalls ? p.c_1 * p.c_c * (2 - p.c_c) : 0;
  covariance_ = (1 + lost - p.c_1 - p.c_mu * p.weights.sum()) * covariance_ +
                p.c_1 * path_c_ * path_c_.transpose() +
                p.c_mu * steps * weights.asDiagonal() * steps.transpose();  // 47
  covariance_ = (0.5 * (covariance_ + covariance_.transpose())).eval();
}

}  // namespace descent::sweep
