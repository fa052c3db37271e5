#include <descent/plugin/dataset.hpp>

namespace {

/// Example i has x = (i, −i), target = (2i, 1) and label = i mod 3, in both splits.
class Table final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<Table>& o) {
    o.integer("examples", &Table::examples, 10).at_least(1).doc("how many in `train`");
    o.integer("test_examples", &Table::test_examples, 4).at_least(0).doc("how many in `test`");
  }
  void open() override { opened = true; }
  descent::Fields fields() const override {
    return {{.name = "x", .shape = {2}}, {.name = "target", .shape = {2}}, {.name = "label", .classes = 3}};
  }
  std::optional<std::int64_t> size(descent::Split split) const override {
    return split == descent::Split::test ? test_examples : examples;
  }
  void fill(descent::Split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    if (!opened) throw std::logic_error("fill() before open()");
    descent::Tensor x = batch.rows("x"), target = batch.rows("target"), label = batch.rows("label");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      const auto i = static_cast<descent::Scalar>(indices[row]);
      x.data()[2 * row] = i;
      x.data()[2 * row + 1] = -i;
      target.data()[2 * row] = 2 * i;
      target.data()[2 * row + 1] = 1;
      label.data()[row] = static_cast<descent::Scalar>(indices[row] % 3);
    }
  }

 private:
  std::int64_t examples = 0;
  std::int64_t test_examples = 0;
  bool opened = false;
};

}  // namespace

DESCENT_DATASET(Table, "test_table", "numbered examples, for tests")
