#include "descent/conformance/problem_plugins.hpp"

#include <numeric>

#include "descent/conformance/own_plugin.hpp"
#include "descent/conformance/problems.hpp"
#include "descent/plugin/dataset.hpp"
#include "descent/plugin/loss.hpp"
#include "descent/plugin/metric.hpp"
#include "descent/plugin/optimizer.hpp"

namespace descent::conformance {

namespace {

/// Free arrays of any shape, each a group of its own, and the bowl over them.
class Arrays final : public Model {
 public:
  static constexpr const char* role_name = "Arrays";
  static void options(OptionSpec<Arrays>& o) {
    o.vectors("shapes", &Arrays::shapes, {2}).doc("the shape of each array, by its group");
    o.numbers("start", &Arrays::start, {1.0, -2.0, 0.5, 1.5, -0.7}).doc("first values, again and again");
    o.number("spread", &Arrays::spread, 0).doc("how far curvatures and centers of the bowl are apart");
  }
  void build(const Fields&, Registrar& registrar) override {
    for (const auto& [group, extents] : shapes) {
      std::vector<std::int64_t> whole(extents.begin(), extents.end());
      const Shape shape{std::span<const std::int64_t>(whole)};
      std::vector<double> values(static_cast<std::size_t>(shape.size()));
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = start[i % start.size()];
      parameters.push_back(&registrar.parameter(group, "value", shape, initialize::values(values)));
      Tensor curvature = Tensor::empty(shape), center = Tensor::empty(shape);
      for (std::int64_t i = 0; i < shape.size(); ++i) {
        curvature.data()[i] = static_cast<Scalar>(1 + spread * static_cast<double>(i % 7) / 7);
        center.data()[i] = static_cast<Scalar>(spread * (static_cast<double>(i % 11) / 11 - 0.4));
      }
      curvatures.emplace_back(curvature);
      centers.emplace_back(center);
    }
  }
  /// ½·Σ c·(θ − s)²
  Variable bowl() const {
    Variable total = Variable::scalar(0);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      total = total + sum(curvatures[i] * square(parameters[i]->variable - centers[i])) * 0.5;
    return total;
  }

  std::vector<Parameter*> parameters;

 private:
  NamedNumbers shapes;
  std::vector<double> start;
  double spread = 0;
  std::vector<Variable> curvatures, centers;
};

const Arrays& arrays_of(const Model& model) {
  return role<Arrays>(model);
}

/// A loss with a term `gap` that is only observed: how far the solution is.
template <class Derived>
class WithGap : public Loss {
 public:
  std::vector<Player> players(const Model&, const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<TermSpec> declares(std::string_view, const Model&) const override {
    return {{"value"}, {"gap", false}};
  }
};

class Bowl final : public WithGap<Bowl> {
 public:
  void evaluate(std::string_view, Model& model, const Batch&, Context&, Terms& out) const override {
    const Variable value = arrays_of(model).bowl();
    out.set("value", value);
    out.set("gap", value.detach());
  }
};

class RosenbrocksFunction final : public WithGap<RosenbrocksFunction> {
 public:
  void evaluate(std::string_view, Model& model, const Batch&, Context&, Terms& out) const override {
    const Variable point = reshape(arrays_of(model).parameters[0]->variable, {1, 2});
    const Variable x = slice_features(point, 0, 1), y = slice_features(point, 1, 2);
    const Variable value = sum(square(1 - x) + 100 * square(y - square(x)));
    out.set("value", value);
    out.set("gap", value.detach());
  }
};

/// min over the first array, max over the second of ½·‖x‖² + x·y − ½·‖y‖².
class ConvexConcaveGame final : public WithGap<ConvexConcaveGame> {
 public:
  std::vector<Player> players(const Model& model, const std::vector<std::string>&) const override {
    const auto& both = arrays_of(model).parameters;
    return {{both[0]->group, {both[0]->group}}, {both[1]->group, {both[1]->group}}};
  }
  void evaluate(std::string_view player, Model& model, const Batch&, Context&, Terms& out) const override {
    const auto& both = arrays_of(model).parameters;
    const Variable &x = both[0]->variable, &y = both[1]->variable;
    const Variable value = sum(square(x)) * 0.5 + sum(x * y) - sum(square(y)) * 0.5;
    out.set("value", both[0]->group == player ? value : -value);
    out.set("gap", (sum(square(x)) + sum(square(y))).detach());
  }
};

/// x·W + b, with a start whose rows and columns add up to 0.
class Linear final : public Model, public Predictor {
 public:
  void build(const Fields& fields, Registrar& registrar) override {
    const std::int64_t features = find_field(fields, "x").shape.size();
    const std::int64_t classes = find_field(fields, "class").classes;
    weight = &registrar.parameter("linear", "weight", {features, classes},
                                  initialize::values({1.0, -1.0, 0.8, -0.8, -0.4, 0.4, -1.4, 1.4}));
    bias = &registrar.parameter("linear", "bias", {classes}, initialize::constant(0.3));
  }
  Values predict(const Values& x, Pass&) override { return dense(x[0], weight->variable, bias->variable); }
  const std::vector<std::string>& input_fields() const override { return inputs; }
  const std::vector<std::string>& target_fields() const override { return targets; }

  const std::vector<std::string> inputs = {"x"}, targets = {"class"};

  Parameter* weight = nullptr;
  Parameter* bias = nullptr;
};

class LogisticRegression final : public WithGap<LogisticRegression> {
 public:
  std::vector<TermSpec> declares(std::string_view, const Model&) const override {
    return {{"cross_entropy"}, {"penalty"}, {"gap", false}};
  }
  void evaluate(std::string_view player, Model& model, const Batch& batch, Context& context,
                Terms& out) const override {
    auto& linear = role<Linear>(model);
    const Variable logits = linear.predict(batch["x"], context)[0];
    const Variable cross_entropy = -pick(log_softmax(logits), batch["class"].value());
    const Variable penalty = sum(square(linear.weight->variable)) * 0.05;
    out.set("cross_entropy", cross_entropy);
    out.set("penalty", penalty);
    if (!out.observed()) return;
    double squares = 0;
    for (const Variable& gradient : grad(mean(cross_entropy) + penalty, context.parameters(player)))
      for (const Scalar number : gradient.value().values())
        squares += static_cast<double>(number) * static_cast<double>(number);
    out.set("gap", Variable::scalar(squares));
  }
};

/// Two classes that overlap a little: `x` (4) and `class` (), drawn once from a fixed stream. Each point's
/// features add up to 0, and so do the gradient's columns: rules that center gradients lose nothing here.
class Points final : public Dataset {
 public:
  void open() override {
    x = Tensor::empty({all_examples, features});
    RandomStream(stream_key(1, "conformance/points")).normal(x.data(), x.size());
    for (std::int64_t row = 0; row < all_examples; ++row) {
      Scalar* point = x.data() + row * features;
      const Scalar mean = std::accumulate(point, point + features, Scalar(0)) / features;
      // Class 0 lies along (1, -1, 1, -1), class 1 on the other side.
      for (std::int64_t j = 0; j < features; ++j)
        point[j] += static_cast<Scalar>((row + j) % 2 == 0 ? 0.8 : -0.8) - mean;
    }
  }
  Fields fields() const override {
    return {{.name = "x", .shape = {features}}, {.name = "class", .classes = 2}};
  }
  std::optional<std::int64_t> size(Split) const override { return all_examples; }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Scalar* row = batch.rows("x").data();
    Scalar* label = batch.rows("class").data();
    for (const std::int64_t i : indices) {
      row = std::copy_n(x.data() + i * features, features, row);
      *label++ = static_cast<Scalar>(i % 2);
    }
  }

 private:
  static constexpr std::int64_t features = 4;
  Tensor x;
};

class Gap final : public Metric {
 public:
  std::vector<Measure> declares() const override { return {{"gap", "", Direction::lower_is_better}}; }
  std::vector<double> measure(Model&, MetricContext& context) const override {
    double gap = 0;
    context.each_batch({}, [&](const Batch& batch) {
      for (const TermMean& term : context.evaluate_losses(batch))
        if (term.term == "gap") gap = term.value;
    });
    return {gap};
  }
};

class GradientDescent final : public Optimizer {
 public:
  static void options(OptionSpec<GradientDescent>& o) {
    o.schedule("learning_rate", &GradientDescent::learning_rate, 0.01).positive().doc("step size");
  }
  void apply(const Step& step, Block block) const override {
    block.update() *= static_cast<Scalar>(step(learning_rate));
  }

 private:
  Schedule learning_rate;
};

class Clipping final : public Optimizer {
 public:
  static void options(OptionSpec<Clipping>& o) {
    o.number("max", &Clipping::max, 1.0).positive().doc("the greatest norm that passes unchanged");
  }
  Needs needs() const override { return {.norm = Over::player}; }
  void apply(const Step& step, Block block) const override {
    if (step.norm() > max) block.update() *= static_cast<Scalar>(max / step.norm());
  }

 private:
  double max = 0;
};

}  // namespace

const LoadedPlugin& arrays_model() {
  return own_plugin<Model, Arrays>(PluginKind::model, "conformance_arrays");
}
const LoadedPlugin& linear_model() {
  return own_plugin<Model, Linear>(PluginKind::model, "conformance_linear");
}
const LoadedPlugin& bowl_loss() {
  return own_plugin<Loss, Bowl>(PluginKind::loss, "conformance_bowl");
}
const LoadedPlugin& rosenbrock_loss() {
  return own_plugin<Loss, RosenbrocksFunction>(PluginKind::loss, "conformance_rosenbrock");
}
const LoadedPlugin& game_loss() {
  return own_plugin<Loss, ConvexConcaveGame>(PluginKind::loss, "conformance_game");
}
const LoadedPlugin& logistic_loss() {
  return own_plugin<Loss, LogisticRegression>(PluginKind::loss, "conformance_logistic");
}
const LoadedPlugin& points_dataset() {
  return own_plugin<Dataset, Points>(PluginKind::dataset, "conformance_points");
}
const LoadedPlugin& gap_metric() {
  return own_plugin<Metric, Gap>(PluginKind::metric, "gap");
}
const LoadedPlugin& gradient_descent_rule() {
  return own_plugin<Optimizer, GradientDescent>(PluginKind::optimizer, "gradient_descent");
}
const LoadedPlugin& clipping_rule() {
  return own_plugin<Optimizer, Clipping>(PluginKind::optimizer, "clipping");
}

}  // namespace descent::conformance
