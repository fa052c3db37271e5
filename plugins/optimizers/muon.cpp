#include <algorithm>
#include <cmath>
#include <descent/kernels/array.hpp>
#include <descent/kernels/gemm.hpp>
#include <descent/plugin/optimizer.hpp>
#include <limits>

namespace {

using descent::Scalar, descent::Tensor, descent::Transpose;

/// Momentum, orthogonalized. Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024:
/// m = μ·m + g; the update η·√max(1, n_out/n_in)·O, where O is what Newton and Schulz's iteration
/// X ← (a·I + b·A + c·A²)·X with A = X·Xᵀ makes of X = (g + μ·m)/‖g + μ·m‖: the same singular vectors, and
/// singular values near 1. For matrices; what is none goes to the chain under `fallback`.
class Muon final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Muon>& o) {
    o.schedule("learning_rate", &Muon::learning_rate, 0.02).positive().doc("step size η");
    o.number("momentum", &Muon::momentum, 0.95)
        .at_least(0)
        .below(1)
        .doc("decay μ of the sum of past gradients");
    o.flag("nesterov", &Muon::nesterov, true).doc("look one momentum step ahead").contrast(false);
    o.integer("iterations", &Muon::iterations, 5).in(1, 20).doc("of Newton and Schulz").contrast(2);
  }

  bool accepts(const descent::Parameter& parameter) const override {
    return parameter.as_matrix().has_value();
  }
  descent::Granularity granularity() const override { return descent::Granularity::tensor; }
  descent::Slots slots(const descent::Parameter&) const override { return {"momentum"}; }

  void apply(const descent::Step& step, descent::Block block) const override {
    auto update = block.update(), m = block.slot(0);
    m = static_cast<Scalar>(momentum) * m + update;
    if (nesterov) {
      update += static_cast<Scalar>(momentum) * m;
    } else {
      update = m;
    }
    const auto rows = block.shape()[0], columns = block.shape()[1];  // (n_in, n_out)
    Tensor x = block.workspace(0, block.shape()), next = block.workspace(1, block.shape());
    array(x) = update / (std::sqrt(update.square().sum()) + Scalar(1e-7));
    // What units that no longer learn leave in the momentum fades until products of it are subnormal, which
    // makes a matrix product a hundred times slower.
    array(x) *= descent::positive(array(x).abs() - negligible);
    for (std::int64_t i = 0; i < iterations; ++i) {
      iterate(block, x, next);
      std::swap(x, next);
    }
    const double scale = std::sqrt(std::max(1.0, static_cast<double>(columns) / static_cast<double>(rows)));
    update = static_cast<Scalar>(step(learning_rate) * scale) * array(x);
  }

 private:
  /// next = (a·I + b·A + c·A²)·x on the smaller side of x.
  static void iterate(const descent::Block& block, const Tensor& x, Tensor& next) {
    constexpr Scalar a = Scalar(3.4445), b = Scalar(-4.7750), c = Scalar(2.0315);
    const bool wide = x.rows() <= x.columns();
    const std::int64_t n = std::min(x.rows(), x.columns());
    Tensor gram = block.workspace(2, {n, n}), factor = block.workspace(3, {n, n});
    gemm(x, wide ? Transpose::no : Transpose::yes, x, wide ? Transpose::yes : Transpose::no, gram);
    gemm(gram, Transpose::no, gram, Transpose::no, factor);
    array(factor) = b * array(gram) + c * array(factor);
    for (std::int64_t i = 0; i < n; ++i) factor.data()[i * n + i] += a;
    gemm(wide ? factor : x, Transpose::no, wide ? x : factor, Transpose::no, next);
  }

  // Beside a norm of 1; its square is far above the subnormal numbers.
  inline static const Scalar negligible = 1000 * std::sqrt(std::numeric_limits<Scalar>::min());

  descent::Schedule learning_rate;
  double momentum;
  bool nesterov;
  std::int64_t iterations;
};

}  // namespace

DESCENT_OPTIMIZER(
    Muon, "muon",
    "orthogonalized momentum for matrices: η·√max(1, n_out/n_in)·U·Vᵀ, U·S·Vᵀ being g + μ·m, m = "
    "μ·m + g (Jordan et al., 2024)");
