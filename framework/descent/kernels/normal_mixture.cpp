#include "descent/kernels/normal_mixture.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <vector>

#include "descent/base/error.hpp"

// Dempster, Laird and Rubin, Maximum Likelihood from Incomplete Data via the EM Algorithm, 1977.
namespace descent::kernels {

namespace {

using Eigen::MatrixXd, Eigen::VectorXd, Eigen::Index;

constexpr double added_variance = 1e-6, least_gain = 1e-3;
constexpr std::int64_t most_iterations = 200, most_clusterings = 50;

struct Mixture {
  VectorXd weights;
  MatrixXd means;  // (size, components)
  std::vector<Eigen::LLT<MatrixXd>> covariances;
};

// Columns are rows of `x`: (size, rows).
MatrixXd columns_of(const Tensor& x) {
  using Rows = Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>>;
  return Rows(x.data(), x.columns(), x.rows()).cast<double>();
}

// The next center is each column with a probability proportional to its squared distance from the nearest one so far.
MatrixXd distant_columns(const MatrixXd& x, Index components, RandomStream& random) {
  MatrixXd centers(x.rows(), components);
  Index chosen = std::min(static_cast<Index>(random.uniform() * static_cast<double>(x.cols())), x.cols() - 1);
  VectorXd distance = VectorXd::Constant(x.cols(), std::numeric_limits<double>::infinity());
  for (Index c = 0;; ++c) {
    centers.col(c) = x.col(chosen);
    if (c + 1 == components) return centers;
    distance = distance.cwiseMin((x.colwise() - x.col(chosen)).colwise().squaredNorm().transpose());
    if (!(distance.maxCoeff() > 0))
      throw Error(
          fmt::format("{} components cannot be fitted to codes of which only {} differ", components, c + 1));
    double left = random.uniform() * distance.sum();
    for (chosen = 0; chosen + 1 < x.cols() && (left -= distance[chosen]) > 0;) ++chosen;
    while (distance[chosen] == 0) chosen = chosen == 0 ? x.cols() - 1 : chosen - 1;  // rounding chose none
  }
}

// The nearest center of each column.
std::vector<Index> nearest(const MatrixXd& x, const MatrixXd& centers) {
  std::vector<Index> found(static_cast<std::size_t>(x.cols()));
  for (Index i = 0; i < x.cols(); ++i)
    (centers.colwise() - x.col(i)).colwise().squaredNorm().minCoeff(&found[static_cast<std::size_t>(i)]);
  return found;
}

// 1 where a column belongs to a cluster: (columns, components).
MatrixXd clusters_of(const MatrixXd& x, Index components, RandomStream& random) {
  MatrixXd centers = distant_columns(x, components, random);
  std::vector<Index> cluster;
  for (std::int64_t i = 0; i < most_clusterings; ++i) {
    std::vector<Index> next = nearest(x, centers);
    const bool settled = next == cluster;
    cluster = std::move(next);
    if (settled) break;
    MatrixXd sums = MatrixXd::Zero(x.rows(), components);
    VectorXd counts = VectorXd::Zero(components);
    for (Index j = 0; j < x.cols(); ++j) {
      sums.col(cluster[static_cast<std::size_t>(j)]) += x.col(j);
      counts[cluster[static_cast<std::size_t>(j)]] += 1;
    }
    for (Index c = 0; c < components; ++c)
      if (counts[c] > 0) centers.col(c) = sums.col(c) / counts[c];
  }
  MatrixXd shares = MatrixXd::Zero(x.cols(), components);
  for (Index j = 0; j < x.cols(); ++j) shares(j, cluster[static_cast<std::size_t>(j)]) = 1;
  return shares;
}

// The mixture that is likeliest where component c has shares(i, c) of column i.
Mixture maximized(const MatrixXd& x, const MatrixXd& shares) {
  const Index components = shares.cols();
  // No component is left without any weight.
  const VectorXd counts =
      shares.colwise().sum().transpose().array() + 10 * std::numeric_limits<double>::epsilon();
  Mixture mixture{counts / counts.sum(), x * shares, {}};
  for (Index c = 0; c < components; ++c) {
    mixture.means.col(c) /= counts[c];
    const MatrixXd centered = x.colwise() - mixture.means.col(c);
    MatrixXd covariance = (centered * shares.col(c).asDiagonal() * centered.transpose()) / counts[c];
    covariance.diagonal().array() += added_variance;
    mixture.covariances.emplace_back(covariance);
    if (mixture.covariances.back().info() != Eigen::Success)
      throw Error(fmt::format("the covariance of component {} of {} is singular; fit fewer components", c + 1,
                              components));
  }
  return mixture;
}

// The components' shares of each column under the mixture; returns the mean log-likelihood.
double expected_shares(const MatrixXd& x, const Mixture& mixture, MatrixXd& shares) {
  const double constant = static_cast<double>(x.rows()) * std::log(2 * M_PI);
  for (Index c = 0; c < shares.cols(); ++c) {
    const auto factor = mixture.covariances[static_cast<std::size_t>(c)].matrixL();
    const MatrixXd whitened = factor.solve(x.colwise() - mixture.means.col(c));
    const double log_determinant = 2 * MatrixXd(factor).diagonal().array().log().sum();
    shares.col(c) =
        -0.5 * (whitened.colwise().squaredNorm().array().transpose() + constant + log_determinant) +
        std::log(mixture.weights[c]);
  }
  const VectorXd largest = shares.rowwise().maxCoeff();
  shares = (shares.colwise() - largest).array().exp();
  const VectorXd sums = shares.rowwise().sum();
  shares.array().colwise() /= sums.array();
  return (sums.array().log() + largest.array()).mean();
}

FittedMixture as_tensors(const Mixture& mixture) {
  const Index size = mixture.means.rows(), components = mixture.means.cols();
  FittedMixture result{Tensor::empty({components}), Tensor::empty({components, size}),
                       Tensor::empty({components, size, size})};
  for (Index c = 0; c < components; ++c) {
    const MatrixXd factor = mixture.covariances[static_cast<std::size_t>(c)].matrixL();
    result.weights.data()[c] = static_cast<Scalar>(mixture.weights[c]);
    for (Index i = 0; i < size; ++i) {
      result.means.data()[c * size + i] = static_cast<Scalar>(mixture.means(i, c));
      for (Index j = 0; j < size; ++j)
        result.factors.data()[(c * size + i) * size + j] = static_cast<Scalar>(factor(i, j));
    }
  }
  return result;
}

}  // namespace

FittedMixture fit_normal_mixture(const Tensor& rows, std::int64_t components, RandomStream random) {
  DESCENT_ASSERT(rows.shape().rank() == 2 && components >= 1, "rows are (rows, size)");
  if (rows.rows() < components)
    throw Error(fmt::format("{} components cannot be fitted to {} codes", components, rows.rows()));
  const MatrixXd x = columns_of(rows);
  MatrixXd shares = clusters_of(x, components, random);
  Mixture mixture = maximized(x, shares);
  double likelihood = expected_shares(x, mixture, shares);
  std::int64_t iterations = 0;
  bool converged = false;
  while (!converged && iterations < most_iterations) {
    mixture = maximized(x, shares);
    const double next = expected_shares(x, mixture, shares);
    converged = next - likelihood < least_gain;
    likelihood = next;
    ++iterations;
  }
  FittedMixture result = as_tensors(mixture);
  result.log_likelihood = likelihood;
  result.iterations = iterations;
  result.converged = converged;
  return result;
}

}  // namespace descent::kernels
