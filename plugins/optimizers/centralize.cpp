#include <descent/plugin/optimizer.hpp>

#include <Eigen/Core>

namespace {

using Matrix = Eigen::Array<descent::Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Gradient centralization. Yong et al., Gradient Centralization: A New Optimization Technique for Deep
/// Neural Networks, 2020, equation 1: takes from the gradient of every output unit's weights their mean.
/// Weights are (inputs, outputs); what is no matrix, such as a bias, passes unchanged.
class Centralize final : public descent::Optimizer {
 public:
  descent::Granularity granularity() const override { return descent::Granularity::tensor; }

  void apply(const descent::Step&, descent::Block block) const override {
    if (!block.parameter().as_matrix()) return;
    const std::int64_t inputs = block.shape()[0], outputs = block.shape()[1];
    Eigen::Map<Matrix> gradient(block.update().data(), inputs, outputs);
    Eigen::Map<Matrix> mean(block.workspace(0, {1, outputs}).data(), 1, outputs);
    mean.setZero();
    for (std::int64_t i = 0; i < inputs; ++i) mean += gradient.row(i);
    mean /= static_cast<descent::Scalar>(inputs);
    for (std::int64_t i = 0; i < inputs; ++i) gradient.row(i) -= mean;
  }
};

}  // namespace

DESCENT_OPTIMIZER(Centralize, "centralize", "takes the mean from every unit's gradient (Yong et al., 2020)");
