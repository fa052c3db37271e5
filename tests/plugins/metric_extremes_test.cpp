#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "metric_support.hpp"
#include "metrics/support/precision_recall_curve.hpp"
#include "support/numbers.hpp"

// Metrics of numbers far from each other and from 0, of samples that are all alike, of options at the ends of their ranges.
// What is right is computed by loops in double.

using Catch::Contains;
using descent::Tensor;
using descent::Value;

namespace {

using Numbers = std::vector<std::vector<double>>;

Numbers numbers_of(const Tensor& rows) {
  Numbers result;
  for (std::int64_t i = 0; i < rows.rows(); ++i) result.push_back(rows.row_range(i, i + 1).to_doubles());
  return result;
}

double squared_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

// The mean over x of the log density of Gaussians around the centers.
double parzen_by_loops(const Tensor& centers, const Tensor& x, double bandwidth) {
  double mean = 0;
  const Numbers around = numbers_of(centers), points = numbers_of(x);
  for (const auto& point : points) {
    double nearest = INFINITY, sum = 0;
    for (const auto& center : around) nearest = std::min(nearest, squared_distance(point, center));
    for (const auto& center : around)
      sum += std::exp((nearest - squared_distance(point, center)) / (2 * bandwidth * bandwidth));
    mean += std::log(sum / static_cast<double>(around.size())) - nearest / (2 * bandwidth * bandwidth) -
            static_cast<double>(point.size()) * std::log(bandwidth * std::sqrt(2 * M_PI));
  }
  return mean / static_cast<double>(points.size());
}

template <class Kernel>
double mmd_by_loops(const Tensor& x, const Tensor& y, const Kernel& kernel) {
  const auto mean = [&](const Numbers& a, const Numbers& b, bool others) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < b.size(); ++j)
        if (!others || i != j) sum += kernel(a[i], b[j]);
    return sum / static_cast<double>(a.size() * (b.size() - (others ? 1 : 0)));
  };
  const Numbers a = numbers_of(x), b = numbers_of(y);
  return mean(a, a, true) + mean(b, b, true) - 2 * mean(a, b, false);
}

// Arthur and Vassilvitskii's start and Lloyd's iterations.
std::vector<std::size_t> k_means_by_loops(const Numbers& x, std::size_t clusters,
                                          descent::RandomStream& random) {
  Numbers centers;
  std::vector<double> distance(x.size(), 1);
  for (std::size_t c = 0; c < clusters; ++c) {
    double left = random.uniform() * std::accumulate(distance.begin(), distance.end(), 0.0);
    std::size_t row = 0;
    while ((left -= distance[row]) >= 0) ++row;
    centers.push_back(x[row]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double own = squared_distance(x[i], centers[c]);
      distance[i] = c == 0 ? own : std::min(distance[i], own);
    }
  }
  std::vector<std::size_t> cluster;
  for (int iteration = 0; iteration <= 100; ++iteration) {
    std::vector<std::size_t> nearest;
    for (const auto& point : x) {
      std::size_t found = 0;
      for (std::size_t c = 1; c < clusters; ++c)
        if (squared_distance(point, centers[c]) < squared_distance(point, centers[found])) found = c;
      nearest.push_back(found);
    }
    if (nearest == cluster) break;
    cluster = nearest;
    for (std::size_t c = 0; c < clusters; ++c) {
      std::vector<double> sum(x[0].size());
      double count = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (cluster[i] != c) continue;
        ++count;
        for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += x[i][d];
      }
      for (std::size_t d = 0; d < sum.size() && count > 0; ++d) centers[c][d] = sum[d] / count;
    }
  }
  return cluster;
}

// The mean F_8 over two clusterings, as the metric `prd` draws them.
double recall_by_loops(const Tensor& made, const Tensor& real, std::size_t clusters) {
  Numbers both = numbers_of(real);
  for (auto& row : numbers_of(made)) both.push_back(row);
  descent::Pass pass(descent::Mode::evaluation, 1, 0, 0, descent::BufferUpdates::none);
  double mean = 0;
  for (int repeat = 0; repeat < 2; ++repeat) {
    descent::RandomStream random = pass.random("clusters");
    std::vector<double> p(clusters), q(clusters);
    const auto cluster = k_means_by_loops(both, clusters, random);
    for (std::size_t i = 0; i < both.size(); ++i)
      (2 * i < both.size() ? p : q)[cluster[i]] += 2 / static_cast<double>(both.size());
    mean += descent::largest_f_score(p, q, 1001, 8) / 2;
  }
  return mean;
}

Tensor with_far_row(const Tensor& rows, double number) {
  Tensor result = rows.clone();
  for (descent::Scalar& x : result.row_range(3, 4).values()) x = static_cast<descent::Scalar>(number);
  return result;
}

auto close_to(double expected) {
  return Approx(expected).epsilon(1e-4).margin(1e-6);
}

// A number whose square is not finite.
const double too_large = 1.1 * std::sqrt(static_cast<double>(std::numeric_limits<descent::Scalar>::max()));

}  // namespace

TEST_CASE("a far training example moves no Parzen density") {
  const Tensor x = normal_rows(300, 2, "x"), centers = normal_rows(1000, 2, "centers");
  for (const double far : {0.0, 1e3, 1e7, 1e12})
    for (const double bandwidth : {0.1, 1.0}) {
      CAPTURE(far, bandwidth);
      const Tensor seen = far > 0 ? with_far_row(centers, far) : centers;
      const auto found = measured_on(
          "parzen", {{"around", Value::of("training_examples")}, {"bandwidth", Value::of(bandwidth)}}, x, x,
          seen);
      CHECK(found[0] == close_to(parzen_by_loops(seen, x, bandwidth)));
    }
  // Far from 0, far from each other, and in many dimensions.
  for (const double offset : {0.0, 3000.0})
    for (const std::int64_t size : {2, 200}) {
      CAPTURE(offset, size);
      const Tensor made = normal_rows(400, size, "made", 0.3, offset),
                   real = normal_rows(200, size, "real", 0.3);
      CHECK(measured_on("parzen", {{"bandwidth", Value::of(0.2)}}, made, real)[0] ==
            close_to(parzen_by_loops(made, real, 0.2)));
    }
}

TEST_CASE("mmd of sets that are far apart, or with a far sample, is that of double") {
  const auto all = std::pair{std::string("subsets"), Value::of(0)};
  const auto rbf = std::pair{std::string("kernel"), Value::of("rbf")};
  const Tensor x = normal_rows(300, 14, "x");
  for (const Tensor& y :
       {normal_rows(250, 14, "y", 1, 1000), with_far_row(normal_rows(250, 14, "y", 1.5), 1e7)}) {
    CHECK(measured_on("mmd", {all, rbf}, x, y)[0] ==
          Approx(mmd_by_loops(x, y, [](const auto& a, const auto& b) {
            return std::exp(-squared_distance(a, b) / 2);
          })).epsilon(1e-4));
    CHECK(measured_on("mmd", {all, rbf, {"bandwidths", list_of({0.5, 3})}}, x, y)[0] ==
          Approx(mmd_by_loops(x, y, [](const auto& a, const auto& b) {
            return std::exp(-squared_distance(a, b) / 0.5) + std::exp(-squared_distance(a, b) / 18);
          })).epsilon(1e-4));
  }
}

TEST_CASE("mmd with the polynomial kernel is that of double for numbers far from 0, and of any degree") {
  const auto polynomial = [](int degree) {
    return [degree](const auto& a, const auto& b) {
      const double product = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
      return std::pow(product / static_cast<double>(a.size()) + 1, degree);
    };
  };
  for (const double offset : {0.0, 300.0, 1000.0, 3000.0}) {
    CAPTURE(offset);
    const Tensor x = normal_rows(300, 16, "x", 1, offset), y = normal_rows(270, 16, "y", 1.2, offset + 0.1);
    CHECK(measured_on("mmd", {{"subsets", Value::of(0)}}, x, y)[0] ==
          Approx(mmd_by_loops(x, y, polynomial(3))).epsilon(offset > 0 ? 1e-4 : 1e-3));
  }
  const Tensor x = normal_rows(100, 16, "x"), y = normal_rows(90, 16, "y", 1.2);
  CHECK(measured_on("mmd", {{"subsets", Value::of(0)}, {"degree", Value::of(20)}}, x, y)[0] ==
        Approx(mmd_by_loops(x, y, polynomial(20))).epsilon(1e-4));
}

TEST_CASE("prd's clusters are those of double, whatever a far example does") {
  const Tensor made = normal_rows(200, 3, "made", 0.7), real = normal_rows(200, 3, "real");
  for (const double far : {0.0, 1e7, 1e15}) {
    CAPTURE(far);
    const Tensor other = far > 0 ? with_far_row(real, far) : real;
    CHECK(measured_on("prd", {{"repeats", Value::of(2)}}, made, other)[0] ==
          close_to(recall_by_loops(made, other, 20)));
  }
}

TEST_CASE("samples whose squares are not finite have no distances: every measure is NaN") {
  const Tensor rows = normal_rows(20, 3, "rows"), bad = with_far_row(rows, too_large);
  for (const char* name : {"precision_recall", "density_coverage", "prdc", "memorization", "prd", "parzen",
                           "sliced_wasserstein", "frechet_distance", "vendi"}) {
    INFO(name);
    for (const double value : measured_on(name, {}, bad, rows, rows)) CHECK(std::isnan(value));
  }
  // All of them so large, as of a generator that is about to diverge.
  for (const double value : measured_on("prdc", {}, Tensor::full({20, 3}, too_large), rows))
    CHECK(std::isnan(value));
}

TEST_CASE("examples whose squares are not finite are an error that names their split") {
  const Tensor rows = normal_rows(20, 3, "rows"), bad = with_far_row(rows, too_large);
  CHECK_THROWS_WITH(measured_on("prdc", {}, rows, bad),
                    Contains("prdc compares") && Contains("split 'test'") && Contains("scale"));
  CHECK_THROWS_WITH(measured_on("memorization", {}, rows, rows, bad), Contains("split 'train'"));
}

TEST_CASE("the Vendi score lies between 1 and the number of samples") {
  const auto order = [](double value) { return std::pair{std::string("order"), Value::of(value)}; };
  const auto rbf = std::pair{std::string("kernel"), Value::of("rbf")};
  const Tensor alike = Tensor::full({50, 3}, .4), many = normal_rows(60, 8, "many");
  for (const double q : {1e-3, 0.5, 1.0, 2.0, 1e6}) {
    CAPTURE(q);
    CHECK(measured_on("vendi", {order(q)}, alike, many)[0] == Approx(1).epsilon(1e-9));
    CHECK(measured_on("vendi", {order(q), rbf}, alike, many)[0] == Approx(1).epsilon(1e-9));
    CHECK(measured_on("vendi", {order(q)}, Tensor::zeros({50, 3}), many)[0] == Approx(1).epsilon(1e-9));
    // In eight directions at most, by angle.
    CHECK(measured_on("vendi", {order(q)}, many, many)[0] <= 8);
    CHECK(measured_on("vendi", {order(q), rbf}, many, many)[0] <= 60);
  }
  // Two samples of zeros are like each other: half of the samples, and two quarters.
  const Tensor some = Tensor::of({4, 2}, {0, 0, 3, 0, 0, 0, 0, 5});
  CHECK(measured_on("vendi", {}, some, some)[0] == Approx(std::pow(2, 1.5)).epsilon(1e-9));
  CHECK(measured_on("vendi", {order(2)}, some, some)[0] == Approx(1 / (.25 + 2 * .0625)).epsilon(1e-9));
  // A large order sees the largest share alone, and one near 1 is that of 1.
  CHECK(measured_on("vendi", {order(1e6)}, some, some)[0] == Approx(2).epsilon(1e-5));
  CHECK(measured_on("vendi", {order(1 + 1e-12)}, many, many)[0] ==
        Approx(measured_on("vendi", {}, many, many)[0]).epsilon(1e-8));
}

TEST_CASE("options without a meaning are refused") {
  const OnlyX dataset({3}, 2000);
  const auto check = [&](const char* name, const Settings& options) {
    RowsInTurn model(Tensor::zeros({4, 3}));
    make_metric(name, options)->check(model, dataset);
  };
  CHECK_THROWS_WITH(check("mmd", {{"bandwidths", Value::list()}}), Contains("at least one"));
  CHECK_THROWS_WITH(check("mmd", {{"bandwidths", list_of({1e-30})}}), Contains("'bandwidths'"));
  CHECK_THROWS_WITH(check("mmd", {{"degree", Value::of(21)}}), Contains("'degree'"));
  CHECK_THROWS_WITH(check("parzen", {{"bandwidth", Value::of(1e-30)}}), Contains("at least 1e-12"));
  CHECK_THROWS_WITH(check("vendi", {{"bandwidth", Value::of(1e-200)}}), Contains("'bandwidth'"));
  CHECK_THROWS_WITH(make_metric("ais", {{"temperatures", Value::of(1)}}), Contains("'temperatures'"));
  // The least of them work.
  const Tensor x = normal_rows(20, 3, "x"), y = normal_rows(20, 3, "y");
  CHECK(measured_on("parzen", {{"bandwidth", Value::of(1e-12)}}, x, y)[0] ==
        Approx(parzen_by_loops(x, y, 1e-12)).epsilon(1e-4));
  // In double, Eigen's exp of the most negative numbers is the smallest normal number rather than 0.
  CHECK(
      measured_on("mmd",
                  {{"kernel", Value::of("rbf")}, {"subsets", Value::of(0)}, {"bandwidths", list_of({1e-12})}},
                  x, y)[0] == Approx(0).margin(1e-300));
}
