#include "support/clusters.hpp"
#include "support/precision_recall_curve.hpp"
#include "support/sample_metric.hpp"
#include "support/statistics.hpp"

namespace {

/// Precision and recall of the distribution of samples over clusters, which k-means finds in samples and as many real examples
/// together. F_8 weighs recall, F_1/8 precision. Sajjadi et al., Assessing Generative Models via Precision and Recall, 2018.
class Prd final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<Prd>& o) {
    comparison_options(o);
    o.integer("clusters", &Prd::clusters, 20).at_least(2).doc("how many clusters");
    o.integer("angles", &Prd::angles, 1001)
        .at_least(2)
        .doc("at how many slopes the curve is looked at")
        .contrast(4);
    o.number("beta", &Prd::beta, 8)
        .above(1)
        .doc("how much more recall weighs in F_β, and precision in F_1/β");
    o.integer("repeats", &Prd::repeats, 10).at_least(2).doc("how many clusterings are averaged").trial(2);
    o.integer("iterations", &Prd::iterations, 100).at_least(1).doc("of k-means, at most").contrast(1);
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto higher = descent::Direction::higher_is_better, neither = descent::Direction::neither;
    const std::string over =
        note() + "; mean and standard deviation over " + std::to_string(repeats) + " clusterings";
    return {{"recall_score", "1", higher, over},
            {"recall_score_deviation", "1", neither, over},
            {"precision_score", "1", higher, over},
            {"precision_score_deviation", "1", neither, over}};
  }

 private:
  const char* title() const override { return "prd"; }
  std::int64_t needed() const override { return clusters; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext& context) const override {
    // Clusters of sets of different sizes would follow the larger one.
    const std::int64_t count = std::min(made.rows(), real.rows());
    descent::Tensor both = descent::Tensor::empty({2 * count, made.columns()});
    both.row_range(0, count).copy_from(real.row_range(0, count));
    both.row_range(count, 2 * count).copy_from(made.row_range(0, count));
    std::vector<double> recall, precision;
    for (std::int64_t i = 0; i < repeats; ++i) {
      descent::RandomStream random = context.pass().random("clusters");
      const auto cluster = descent::k_means(both, clusters, iterations, random);
      std::vector<double> p(static_cast<std::size_t>(clusters)), q(p.size());
      for (std::size_t row = 0; row < cluster.size(); ++row)
        (row < cluster.size() / 2 ? p : q)[static_cast<std::size_t>(cluster[row])] +=
            1 / static_cast<double>(count);
      recall.push_back(descent::largest_f_score(p, q, angles, beta));
      precision.push_back(descent::largest_f_score(p, q, angles, 1 / beta));
    }
    const descent::Spread r = descent::spread_of(recall), s = descent::spread_of(precision);
    return {r.mean, r.deviation, s.mean, s.deviation};
  }

  std::int64_t clusters, angles, repeats, iterations;
  double beta;
};

}  // namespace

DESCENT_METRIC(Prd, "prd", "precision and recall of distributions (Sajjadi et al., 2018)")
