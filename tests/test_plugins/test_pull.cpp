#include <descent/plugin/loss.hpp>

namespace {

/// Each group of a point is a player, which minimizes strength · (the first number of `x`) · (the sum of its
/// vector): the gradient is the batch's mean of that number, and shows which examples an update was made
/// with.
class Pull final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Pull>& o) {
    o.number("strength", &Pull::strength, 1.0).doc("factor");
  }
  std::vector<descent::Player> players(const descent::Model& model,
                                       const std::vector<std::string>&) const override {
    std::vector<descent::Player> all;
    for (const descent::Parameter* vector : descent::role<descent::Point>(model).vectors())
      all.push_back({vector->group, {vector->group}});
    return all;
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"pull"}, {"examples", false}};
  }
  void evaluate(std::string_view player, descent::Point& model, const descent::Batch& batch,
                descent::Context&, descent::Terms& out) const override {
    const descent::Variable column = reshape(slice_features(batch["x"], 0, 1), {batch.size()});  // (batch)
    for (const descent::Parameter* vector : model.vectors())
      if (vector->group == player) out.set("pull", strength * column * sum(vector->variable));
    out.set("examples", descent::Variable::scalar(static_cast<double>(batch.size())));
  }

 private:
  double strength = 0;
};

}  // namespace

DESCENT_LOSS(Pull, "test_pull", "pulls points along the data, for tests")
