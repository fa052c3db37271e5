#include "descent/sweep/cmaes.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using sweep::CmaEs;
using sweep::CmaEsParameters;

namespace {

/// What cmaes_reference.py says of generations of ranked points, each (n, λ): a list of numbers for each line.
std::vector<std::vector<double>> cmaes_reference(std::int64_t dimensions, std::int64_t population,
                                                 const std::vector<Eigen::MatrixXd>& generations) {
  const ScratchFolder folder;
  std::ofstream input(folder.path / "points.txt");
  input << fmt::format("{} {}\n", dimensions, population);
  for (const Eigen::MatrixXd& points : generations)
    for (std::int64_t k = 0; k < population; ++k)
      for (std::int64_t i = 0; i < dimensions; ++i) input << fmt::format("{:.17g}\n", points(i, k));
  input.close();
  const std::string command =
      fmt::format("/usr/bin/python3 " DESCENT_SOURCE_DIR "/tests/sweep/cmaes_reference.py < '{}' > '{}'",
                  (folder.path / "points.txt").string(), (folder.path / "said.txt").string());
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream output(folder.path / "said.txt");
  std::vector<std::vector<double>> lines;
  for (std::string line; std::getline(output, line);) {
    std::istringstream words(line);
    lines.emplace_back();
    for (double number = 0; words >> number;) lines.back().push_back(number);
  }
  return lines;
}

void check_numbers(const Eigen::MatrixXd& numbers, const std::vector<double>& expected) {
  REQUIRE(static_cast<std::size_t>(numbers.size()) == expected.size());
  for (std::int64_t row = 0; row < numbers.rows(); ++row)
    for (std::int64_t column = 0; column < numbers.cols(); ++column)
      CHECK(numbers(row, column) == Approx(expected[static_cast<std::size_t>(row * numbers.cols() + column)])
                                        .epsilon(1e-9)
                                        .margin(1e-12));
}

Eigen::MatrixXd asked_points(const CmaEs& search, std::uint32_t generation, std::uint64_t seed = 7) {
  Eigen::MatrixXd points(search.parameters().dimensions, search.parameters().population);
  for (std::int64_t k = 0; k < points.cols(); ++k) {
    RandomStream random(stream_key(seed, "test"), generation, static_cast<std::uint32_t>(k));
    points.col(k) = search.ask(random);
  }
  return points;
}

/// The best first.
template <class Loss>
Eigen::MatrixXd ranked_by(const Eigen::MatrixXd& points, Loss&& loss) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(points.cols()));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t left, std::int64_t right) {
    return loss(Eigen::VectorXd(points.col(left))) < loss(Eigen::VectorXd(points.col(right)));
  });
  return points(Eigen::all, order);
}

}  // namespace

TEST_CASE("the parameters of CMA-ES are those of the tutorial", "[sweep][search]") {
  const std::int64_t dimensions = GENERATE(1, 2, 5, 20), population = GENERATE(4, 7, 30);
  CAPTURE(dimensions, population);
  const CmaEsParameters p(dimensions, population);
  const auto expected = cmaes_reference(dimensions, population, {});
  check_numbers(p.weights, expected[0]);
  const Eigen::VectorXd others =
      (Eigen::VectorXd(7) << p.mu_eff, p.c_sigma, p.d_sigma, p.c_c, p.c_1, p.c_mu, p.expected_norm)
          .finished();
  check_numbers(others, expected[1]);
  CHECK(p.weights.head(p.parents).sum() == Approx(1));
  // What keeps C positive definite: equation 52.
  CHECK(p.weights.tail(population - p.parents).sum() * p.c_mu * static_cast<double>(dimensions) >=
        -(1 - p.c_1 - p.c_mu) - 1e-12);
}

TEST_CASE("the population of CMA-ES grows with the logarithm of the dimensions", "[sweep][search]") {
  CHECK(sweep::default_population(1) == 4);
  CHECK(sweep::default_population(2) == 6);
  CHECK(sweep::default_population(10) == 10);
  CHECK(sweep::default_population(100) == 17);
}

TEST_CASE("updates of CMA-ES are those of an implementation in numpy", "[sweep][search]") {
  const std::int64_t dimensions = GENERATE(1, 2, 5);
  CAPTURE(dimensions);
  const std::int64_t population = sweep::default_population(dimensions);
  CmaEs search(dimensions, population);
  std::vector<Eigen::MatrixXd> generations;
  std::vector<CmaEs> states;
  for (std::uint32_t generation = 0; generation < 12; ++generation) {
    // A corner far from the middle: the path grows long, and h_σ is 0 in some generations.
    generations.push_back(ranked_by(asked_points(search, generation), [](const Eigen::VectorXd& x) {
      double sum = 0;
      for (std::int64_t i = 0; i < x.size(); ++i)
        sum += std::pow(10.0, static_cast<double>(i)) * (x[i] - 0.95) * (x[i] - 0.95);
      return sum;
    }));
    search.tell(generations.back());
    states.push_back(search);
  }
  const auto expected = cmaes_reference(dimensions, population, generations);
  REQUIRE(expected.size() == 2 + 3 * states.size());
  for (std::size_t g = 0; g < states.size(); ++g) {
    CAPTURE(g);
    check_numbers(states[g].mean(), expected[2 + 3 * g]);
    check_numbers(Eigen::MatrixXd::Constant(1, 1, states[g].sigma()), expected[3 + 3 * g]);
    check_numbers(states[g].covariance(), expected[4 + 3 * g]);
  }
}

TEST_CASE("CMA-ES converges on an ellipsoid, and on one whose optimum is in a corner", "[sweep][search]") {
  const double optimum = GENERATE(0.3, 1.0);
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(optimum, seed);
  const std::int64_t dimensions = 4;
  CmaEs search(dimensions, sweep::default_population(dimensions));
  const auto loss = [&](const Eigen::VectorXd& x) {
    double sum = 0;
    for (std::int64_t i = 0; i < x.size(); ++i)
      sum += std::pow(10.0, static_cast<double>(i)) * std::pow(x[i] - optimum, 2);
    return sum;
  };
  for (std::uint32_t generation = 0; generation < 150; ++generation) {
    const Eigen::MatrixXd points = asked_points(search, generation, seed);
    REQUIRE(points.minCoeff() >= 0);
    REQUIRE(points.maxCoeff() <= 1);
    search.tell(ranked_by(points, loss));
  }
  CHECK(loss(search.mean()) < (optimum < 1 ? 1e-8 : 1e-2));
}

TEST_CASE("CMA-ES goes on where all points of a generation are the same", "[sweep][search]") {
  CmaEs search(2, 6);
  for (std::uint32_t generation = 0; generation < 300; ++generation)
    search.tell(Eigen::MatrixXd::Constant(2, 6, 0.5));
  CHECK(search.sigma() > 0);
  CHECK(std::isfinite(search.sigma()));
  const Eigen::MatrixXd points = asked_points(search, 300);
  CHECK(points.allFinite());
  CHECK(points.minCoeff() >= 0);
  CHECK(points.maxCoeff() <= 1);
}
