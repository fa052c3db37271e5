#include <Eigen/Core>
#include <cmath>

#include "support/covariance.hpp"
#include "support/distances.hpp"
#include "support/sample_metric.hpp"

namespace {

enum class Kernel { cosine, rbf };

/// How many different things there are among samples: e to the entropy of the eigenvalues of K/n, K being the similarities of n
/// samples. From 1, where all are alike, to n. Friedman and Dieng, The Vendi Score, 2023, definition 3.1; of other orders: Pasarkar
/// and Dieng, Cousins of the Vendi Score, 2024. It grows with the number of samples: compare equal numbers.
class Vendi final : public descent::SampleMetric {
 public:
  static void options(descent::OptionSpec<Vendi>& o) {
    sample_options(o, 1000);
    o.choice("kernel", &Vendi::kernel, "cosine", {{"cosine", Kernel::cosine}, {"rbf", Kernel::rbf}})
        .doc(
            "cosine: of the angle between two samples; rbf: exp(−‖x − y‖²/2s²), for which time grows with "
            "samples³");
    o.number("bandwidth", &Vendi::bandwidth, 1).positive().doc("s of the rbf kernel");
    o.number("order", &Vendi::order, 1).positive().doc("of the entropy: 1 is Shannon's, others are Rényi's");
  }

  std::vector<descent::Measure> declares() const override {
    return {{"score", "1", descent::Direction::higher_is_better, note()}};
  }

 private:
  const char* title() const override { return "vendi"; }

  std::vector<double> look_at(const descent::Tensor& made, descent::MetricContext&) const override {
    const Eigen::MatrixXd matrix = kernel == Kernel::cosine ? of_angles(made) : of_distances(made);
    const Eigen::VectorXd shares = descent::eigenvalues_of(matrix / static_cast<double>(made.rows()));
    double sum = 0;
    for (const double p : shares)
      if (p > 0) sum += order == 1 ? -p * std::log(p) : std::pow(p, order);
    return {std::exp(order == 1 ? sum : std::log(sum) / (1 - order))};
  }

  // XᵀX has the eigenvalues of XXᵀ that are not 0, in fewer rows where there are more samples than numbers. A sample of zeros is
  // like nothing, itself included.
  static Eigen::MatrixXd of_angles(const descent::Tensor& made) {
    using Matrix = Eigen::Matrix<descent::Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::MatrixXd x = Eigen::Map<const Matrix>(made.data(), made.rows(), made.columns()).cast<double>();
    for (Eigen::Index row = 0; row < x.rows(); ++row)
      if (const double length = x.row(row).norm(); length > 0) x.row(row) /= length;
    return x.rows() > x.cols() ? Eigen::MatrixXd(x.transpose() * x) : Eigen::MatrixXd(x * x.transpose());
  }

  Eigen::MatrixXd of_distances(const descent::Tensor& made) const {
    const descent::CenteredRows rows(made, descent::mean_of_rows(made));
    Eigen::MatrixXd similar(made.rows(), made.rows());
    each_tile(rows.centered, rows.centered, [&](const descent::Tile& tile) {
      for (std::int64_t i = 0; i < tile.rows; ++i)
        for (std::int64_t j = 0; j < tile.columns; ++j) {
          const double squared = rows.squares[static_cast<std::size_t>(tile.row + i)] +
                                 rows.squares[static_cast<std::size_t>(tile.column + j)] -
                                 2.0 * tile.products[i * tile.columns + j];
          similar(tile.row + i, tile.column + j) =
              std::exp(-std::max(squared, 0.0) / (2 * bandwidth * bandwidth));
        }
    });
    return (similar + similar.transpose()) / 2;
  }

  Kernel kernel;
  double bandwidth, order;
};

}  // namespace

DESCENT_METRIC(Vendi, "vendi", "how many different things there are among samples (Friedman and Dieng, 2023)")
