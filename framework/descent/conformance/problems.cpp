#include "descent/conformance/problems.hpp"

#include <algorithm>

#include "descent/conformance/problem_plugins.hpp"

namespace descent::conformance {

namespace {

using NamedExtents = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

template <class Number>
Value list_of(const std::vector<Number>& numbers) {
  Value list = Value::list();
  for (const Number number : numbers) list.items().push_back(Value::of(number));
  return list;
}

experiment::PluginUse use(const LoadedPlugin& plugin) {
  Value section = Value::map();
  section.set("plugin", Value::of(plugin.info().name));
  return {&plugin, plugin.info().name, std::move(section)};
}

experiment::PluginUse arrays(const NamedExtents& shapes) {
  experiment::PluginUse model = use(arrays_model());
  Value map = Value::map();
  for (const auto& [group, extents] : shapes) map.set(group, list_of(extents));
  model.section.set("shapes", std::move(map));
  return model;
}

experiment::Rule rule(const LoadedPlugin& plugin, const char* option, double value) {
  experiment::Rule made;
  static_cast<experiment::PluginUse&>(made) = use(plugin);
  made.section.set(option, Value::of(value));
  return made;
}

std::vector<Problem> make_convergence_problems() {
  Problem rosenbrock{"rosenbrock", 10000, arrays({{"point", {2}}}), use(rosenbrock_loss())};
  rosenbrock.model.section.set("start", list_of<double>({-1.2, 1.0}));
  Problem sphere{"sphere", 5000, arrays({{"vector", {4}}, {"matrix", {4, 4}}}), use(bowl_loss())};
  // Rows and columns add up to 0, and so do the gradient's: rules that center gradients lose nothing here.
  sphere.model.section.set(
      "start", list_of<double>({1, -1.5, 2, -1.5, -1, 1.5, -2, 1.5, 0.5, -1, -0.5, 1, -0.5, 1, 0.5, -1}));
  return {
      sphere,
      rosenbrock,
      {.name = "logistic_regression",
       .steps = 5000,
       .model = use(linear_model()),
       .loss = use(logistic_loss()),
       .has_data = true},
      {.name = "game",
       .steps = 10000,
       .model = arrays({{"x", {4}}, {"y", {4}}}),
       .loss = use(game_loss()),
       .simultaneous = true},
  };
}

}  // namespace

const std::vector<Problem>& convergence_problems() {
  static const std::vector<Problem> problems = make_convergence_problems();
  return problems;
}

const Problem& convergence_problem(const std::string& name) {
  const auto& all = convergence_problems();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Problem& problem) { return problem.name == name; });
  DESCENT_ASSERT(found != all.end(), "there is such a problem");
  return *found;
}

Problem mixed_problem(std::int64_t long_vector) {
  Problem problem{"mixed", 0, arrays({{"vector", {5}}, {"long", {long_vector}}, {"matrix", {7, 33}}}),
                  use(bowl_loss())};
  problem.model.section.set("spread", Value::of(1.5));
  return problem;
}

Problem with_matrices_only(Problem problem) {
  Value* shapes = problem.model.section.find("shapes");
  const auto is_matrix = [](const Value::Entry& shape) { return shape.value.items().size() == 2; };
  if (shapes == nullptr || std::any_of(shapes->entries().begin(), shapes->entries().end(), is_matrix))
    return problem;
  for (Value::Entry& shape : shapes->entries())
    if (shape.value.items().size() == 1)
      shape.value.items().insert(shape.value.items().begin(), Value::of(1));
  return problem;
}

experiment::Experiment experiment_of(const Problem& problem, std::int64_t batch_size) {
  experiment::Experiment experiment;
  experiment.name = problem.name;
  experiment.model = problem.model;
  if (problem.has_data) experiment.dataset = use(points_dataset());
  experiment::LossItem loss;
  static_cast<experiment::PluginUse&>(loss) = problem.loss;
  experiment.losses.push_back(std::move(loss));
  experiment.trainer.steps.count = problem.steps;
  experiment.trainer.batch_size = batch_size;
  experiment.trainer.simultaneous = problem.simultaneous;
  experiment::MetricItem metric;
  static_cast<experiment::PluginUse&>(metric) = use(gap_metric());
  metric.batch_size = all_examples;
  experiment.metrics.push_back(std::move(metric));
  return experiment;
}

experiment::Rule gradient_descent(double learning_rate) {
  return rule(gradient_descent_rule(), "learning_rate", learning_rate);
}

experiment::Rule clipping(double max) {
  return rule(clipping_rule(), "max", max);
}

}  // namespace descent::conformance
