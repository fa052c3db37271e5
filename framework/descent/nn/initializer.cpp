#include "descent/nn/initializer.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent::initialize {

namespace {

void draw_uniform(Tensor& parameter, RandomStream& random, double low, double high) {
  random.uniform(parameter.data(), parameter.size());
  for (Scalar& value : parameter.values())
    value = static_cast<Scalar>(low + (high - low) * static_cast<double>(value));
}

void draw_normal(Tensor& parameter, RandomStream& random, double mean, double stddev) {
  random.normal(parameter.data(), parameter.size());
  for (Scalar& value : parameter.values())
    value = static_cast<Scalar>(mean + stddev * static_cast<double>(value));
}

// With the variance that `of` gives for a fan.
template <class Variance>
Initializer uniform_of_variance(Variance of) {
  return [of](Tensor& parameter, const Fan& fan, RandomStream& random) {
    const double limit = std::sqrt(3 * of(fan));
    draw_uniform(parameter, random, -limit, limit);
  };
}

template <class Variance>
Initializer normal_of_variance(Variance of) {
  return [of](Tensor& parameter, const Fan& fan, RandomStream& random) {
    draw_normal(parameter, random, 0, std::sqrt(of(fan)));
  };
}

double glorot(const Fan& fan) {
  return 2.0 / static_cast<double>(fan.in + fan.out);
}
double he(const Fan& fan) {
  return 2.0 / static_cast<double>(fan.in);
}
double lecun(const Fan& fan) {
  return 1.0 / static_cast<double>(fan.in);
}
double third_of_fan_in(const Fan& fan) {
  return 1.0 / (3.0 * static_cast<double>(fan.in));
}

}  // namespace

Initializer constant(double value) {
  return [value](Tensor& parameter, const Fan&, RandomStream&) { parameter.fill(value); };
}

Initializer values(std::vector<double> values) {
  return [values = std::move(values)](Tensor& parameter, const Fan&, RandomStream&) {
    if (static_cast<std::int64_t>(values.size()) != parameter.size())
      throw Error(fmt::format("{} initial values are given for a parameter of the shape {}, which holds {}",
                              values.size(), parameter.shape().text(), parameter.size()));
    std::transform(values.begin(), values.end(), parameter.data(),
                   [](double v) { return static_cast<Scalar>(v); });
  };
}

Initializer normal(double stddev, double mean) {
  return [=](Tensor& parameter, const Fan&, RandomStream& random) {
    draw_normal(parameter, random, mean, stddev);
  };
}

Initializer uniform(double low, double high) {
  return [=](Tensor& parameter, const Fan&, RandomStream& random) {
    draw_uniform(parameter, random, low, high);
  };
}

Initializer glorot_uniform() {
  return uniform_of_variance(glorot);
}
Initializer glorot_normal() {
  return normal_of_variance(glorot);
}
Initializer he_uniform() {
  return uniform_of_variance(he);
}
Initializer he_normal() {
  return normal_of_variance(he);
}
Initializer lecun_uniform() {
  return uniform_of_variance(lecun);
}
Initializer lecun_normal() {
  return normal_of_variance(lecun);
}
Initializer fan_in_uniform() {
  return uniform_of_variance(third_of_fan_in);
}

Initializer orthogonal(double gain) {
  return [gain](Tensor& parameter, const Fan&, RandomStream& random) {
    const long rows = parameter.rows(), columns = parameter.columns();
    const long tall = std::max(rows, columns), narrow = std::min(rows, columns);
    draw_normal(parameter, random, 0, 1);
    Eigen::MatrixXd matrix(tall, narrow);
    for (long i = 0; i < tall * narrow; ++i)
      matrix(i / narrow, i % narrow) = static_cast<double>(parameter.data()[i]);
    const Eigen::HouseholderQR<Eigen::MatrixXd> decomposition(matrix);
    Eigen::MatrixXd q = decomposition.householderQ() * Eigen::MatrixXd::Identity(tall, narrow);
    // Without R's signs the result would not be uniformly distributed.
    for (long j = 0; j < narrow; ++j)
      if (decomposition.matrixQR()(j, j) < 0) q.col(j) *= -1;
    for (long row = 0; row < rows; ++row)
      for (long column = 0; column < columns; ++column)
        parameter.data()[row * columns + column] =
            static_cast<Scalar>(gain * (rows >= columns ? q(row, column) : q(column, row)));
  };
}

}  // namespace descent::initialize
