#include <numeric>

#include "support/mean_discrepancy.hpp"
#include "support/sample_metric.hpp"
#include "support/statistics.hpp"

namespace {

enum class Kernel { polynomial, rbf };

/// The squared maximum mean discrepancy between samples and real examples, without bias: Gretton et al., A Kernel Two-Sample Test,
/// 2012, equation 3. With the kernel (x·y/d + 1)³, on features of d numbers and over subsets, it is the kernel inception distance:
/// Bińkowski et al., Demystifying MMD GANs, 2018. It may be negative.
class Mmd final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<Mmd>& o) {
    comparison_options(o);
    o.choice("kernel", &Mmd::kernel, "polynomial", {{"polynomial", Kernel::polynomial}, {"rbf", Kernel::rbf}})
        .doc("polynomial: (x·y/d + 1)^degree of d numbers; rbf: Σ exp(−‖x − y‖²/2s²) over the bandwidths s");
    o.integer("degree", &Mmd::degree, 3).at_least(1).at_most(20).doc("of the polynomial kernel");
    o.numbers("bandwidths", &Mmd::bandwidths, {1}).in(1e-12, 1e12).doc("of the rbf kernel, at least one");
    o.integer("subsets", &Mmd::subsets, 100)
        .at_least(0)
        .doc("on how many random subsets it is estimated; 0: once, on all samples and examples")
        .trial(4);
    o.integer("subset_size", &Mmd::subset_size, 1000)
        .at_least(2)
        .doc("how many samples, and how many examples, are in a subset")
        .trial(16);
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    ComparisonMetric::check(model, dataset);
    if (bandwidths.empty())
      throw descent::Error("mmd has no bandwidth for its rbf kernel; give at least one, as bandwidths: [1]");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto lower = descent::Direction::lower_is_better;
    if (subsets == 0) return {{"squared", "1", lower, note()}};
    const std::string over = note() + "; mean and standard deviation over " + std::to_string(subsets) +
                             " subsets of " + std::to_string(subset_size);
    return {{"squared", "1", lower, over}, {"deviation", "1", descent::Direction::neither, over}};
  }

 private:
  const char* title() const override { return "mmd"; }
  std::int64_t needed() const override { return subsets > 0 ? subset_size : 2; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext& context) const override {
    if (subsets == 0) return {discrepancy(made, real)};
    std::vector<double> estimates;
    for (std::int64_t i = 0; i < subsets; ++i)
      estimates.push_back(discrepancy(subset(made, context), subset(real, context)));
    const descent::Spread spread = descent::spread_of(estimates);
    return {spread.mean, spread.deviation};
  }

  double discrepancy(const descent::Tensor& made, const descent::Tensor& real) const {
    if (kernel == Kernel::rbf) return unbiased_discrepancy(made, real, descent::RbfKernel{bandwidths});
    return unbiased_discrepancy(made, real, descent::PolynomialKernel{degree});
  }

  // Rows drawn without replacement.
  descent::Tensor subset(const descent::Tensor& all, descent::MetricContext& context) const {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(all.rows()));
    std::iota(rows.begin(), rows.end(), 0);
    context.pass().random("subsets").shuffle(rows.data(), all.rows());
    descent::Tensor chosen = descent::Tensor::empty({subset_size, all.columns()});
    for (std::int64_t i = 0; i < subset_size; ++i) {
      const std::int64_t row = rows[static_cast<std::size_t>(i)];
      chosen.row_range(i, i + 1).copy_from(all.row_range(row, row + 1));
    }
    return chosen;
  }

  Kernel kernel;
  std::int64_t degree, subsets, subset_size;
  std::vector<double> bandwidths;
};

}  // namespace

DESCENT_METRIC(Mmd, "mmd",
               "squared maximum mean discrepancy without bias (Gretton et al., 2012), KID among them "
               "(Bińkowski et al., 2018)")
