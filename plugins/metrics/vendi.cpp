#include "support/diversity.hpp"
#include "support/sample_metric.hpp"

namespace {

enum class Kernel { cosine, rbf };

/// How many different things there are among samples: e to the entropy of the eigenvalues of K/n, K being the similarities of n
/// samples. From 1, where all are alike, to n. Friedman and Dieng, The Vendi Score, 2023, definition 3.1; of other orders: Pasarkar
/// and Dieng, Cousins of the Vendi Score, 2024. It grows with the number of samples: compare equal numbers. Samples of zeros have no
/// angle: under the cosine kernel they are like each other, and like no other sample. Eigenvalues that may come from rounding
/// count as 0.
class Vendi final : public descent::SampleMetric {
 public:
  static void options(descent::OptionSpec<Vendi>& o) {
    sample_options(o, 1000);
    o.choice("kernel", &Vendi::kernel, "cosine", {{"cosine", Kernel::cosine}, {"rbf", Kernel::rbf}})
        .doc(
            "cosine: of the angle between two samples; rbf: exp(−‖x − y‖²/2s²), for which time grows with "
            "samples³");
    o.number("bandwidth", &Vendi::bandwidth, 1).in(1e-12, 1e12).doc("s of the rbf kernel");
    o.number("order", &Vendi::order, 1).positive().doc("of the entropy: 1 is Shannon's, others are Rényi's");
  }

  std::vector<descent::Measure> declares() const override {
    return {{"score", "1", descent::Direction::higher_is_better, note()}};
  }

 private:
  const char* title() const override { return "vendi"; }

  std::vector<double> look_at(const descent::Tensor& made, descent::MetricContext&) const override {
    const bool cosine = kernel == Kernel::cosine;
    return {descent::effective_number(
        cosine ? descent::cosine_shares(made) : descent::rbf_shares(made, bandwidth), order)};
  }

  Kernel kernel;
  double bandwidth, order;
};

}  // namespace

DESCENT_METRIC(Vendi, "vendi", "how many different things there are among samples (Friedman and Dieng, 2023)")
