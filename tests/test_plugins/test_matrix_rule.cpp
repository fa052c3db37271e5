#include <descent/plugin/optimizer.hpp>

namespace {

/// Takes from every row of a matrix's update the row's mean, and adds that mean to the slot `row_means`
/// (rows), which starts at 1. Refuses what is no matrix.
class MatrixRule final : public descent::Optimizer {
 public:
  bool accepts(const descent::Parameter& parameter) const override {
    return parameter.as_matrix().has_value();
  }
  descent::Granularity granularity() const override { return descent::Granularity::tensor; }
  descent::Slots slots(const descent::Parameter& parameter) const override {
    return {{"row_means", descent::Shape{parameter.shape[0]}, 1.0}};
  }
  void apply(const descent::Step&, descent::Block b) const override {
    const std::int64_t rows = b.shape()[0], columns = b.shape()[1];
    descent::Tensor update = b.update_tensor(), kept = b.slot_tensor(0);
    descent::Tensor means = b.workspace(0, {rows});
    for (std::int64_t i = 0; i < rows; ++i) {
      descent::Scalar* row = update.data() + i * columns;
      descent::Scalar sum = 0;
      for (std::int64_t j = 0; j < columns; ++j) sum += row[j];
      means.data()[i] = sum / static_cast<descent::Scalar>(columns);
      for (std::int64_t j = 0; j < columns; ++j) row[j] -= means.data()[i];
      kept.data()[i] += means.data()[i];
    }
  }
};

}  // namespace

DESCENT_OPTIMIZER(MatrixRule, "test_matrix_rule", "takes row means from matrices, for tests")
