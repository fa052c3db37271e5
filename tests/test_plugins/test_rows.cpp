#include <descent/plugin/dataset.hpp>

namespace {

/// The rows that it is given as x, `copies` times over in each split.
class Rows final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<Rows>& o) {
    o.matrix("rows", &Rows::rows, {{0.0}}).doc("the examples");
    o.flag("number", &Rows::number, false).doc("x is a single number, ()");
    o.integer("copies", &Rows::copies, 1).at_least(1).doc("of the rows");
  }
  descent::Fields fields() const override {
    if (number) return {{.name = "x", .shape = {}}};
    return {{.name = "x", .shape = {static_cast<std::int64_t>(rows[0].size())}}};
  }
  std::optional<std::int64_t> size(descent::Split) const override { return copies * std::ssize(rows); }
  void fill(descent::Split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    descent::Tensor x = batch.rows("x");
    for (std::size_t row = 0; row < indices.size(); ++row)
      for (std::size_t column = 0; column < rows[0].size(); ++column)
        x.data()[row * rows[0].size() + column] =
            static_cast<descent::Scalar>(rows[static_cast<std::size_t>(indices[row]) % rows.size()][column]);
  }

 private:
  descent::NumberRows rows;
  std::int64_t copies = 1;
  bool number = false;
};

}  // namespace

DESCENT_DATASET(Rows, "test_rows", "rows of its options, for tests")
