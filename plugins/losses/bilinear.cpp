#include <descent/plugin/loss.hpp>

namespace {

/// min over x, max over y of xᵀ·A·y: the simplest game on which simultaneous gradient steps move away from
/// the equilibrium. Its players are the two vectors of the point.
class Bilinear final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Bilinear>& o) {
    o.matrix("matrix", &Bilinear::matrix, {{1.0}}).doc("A, row by row; (size of x, size of y)");
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    if (vectors.size() != 2)
      throw descent::Error("bilinear is a game of two vectors; start them as {x: [1], y: [1]}");
    if (vectors[0]->shape.size() != rows() || vectors[1]->shape.size() != columns())
      throw descent::Error(
          "bilinear's 'matrix' has a row for each number of the first vector and a column for each of the "
          "second");
  }
  void build(const descent::Model&, const descent::Fields&, descent::Registrar&) override {
    std::vector<double> entries;
    for (const auto& row : matrix) entries.insert(entries.end(), row.begin(), row.end());
    a = descent::Tensor::of({rows(), columns()}, entries);
  }
  std::vector<descent::Player> players(const descent::Model& model,
                                       const std::vector<std::string>&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    return {{vectors[0]->group, {vectors[0]->group}}, {vectors[1]->group, {vectors[1]->group}}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"bilinear"}};
  }

  void evaluate(std::string_view player, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const auto x = reshape(model.vectors()[0]->variable, {1, rows()}),
               y = reshape(model.vectors()[1]->variable, {columns(), 1});
    const auto value = sum(matmul(matmul(x, a), y));
    const bool first = model.vectors()[0]->group == player;
    out.set("bilinear", first ? value : -value);
  }

 private:
  std::int64_t rows() const { return static_cast<std::int64_t>(matrix.size()); }
  std::int64_t columns() const { return static_cast<std::int64_t>(matrix.at(0).size()); }
  descent::NumberRows matrix;
  descent::Tensor a;
};

}  // namespace

DESCENT_LOSS(Bilinear, "bilinear", "the bilinear game min over x, max over y of x'Ay");
