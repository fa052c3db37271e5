#include "descent/conformance/rule_trial.hpp"

#include <algorithm>
#include <bit>

#include "descent/conformance/synthetic_gradients.hpp"

namespace descent::conformance {

namespace {

constexpr double usual_rate = 0.01;

std::shared_ptr<Optimizer> made(const Subject& subject, const Value& section) {
  Diagnostics problems;
  auto rule = subject.plugin->create<Optimizer>(section, problems);
  problems.throw_if_any();
  return rule;
}

bool looks_ahead_with_chain(const Subject& subject, const Value& section) {
  const auto rule = made(subject, section);
  return guarded(*subject.plugin, {}, [&] { return rule->needs().probe_with_chain; });
}

// Rules that refuse vectors are played on matrices.
bool refuses_vectors(const Subject& subject, const Value& section) {
  const auto rule = made(subject, section);
  Parameter vector;
  vector.name = "point.value";
  vector.group = "point";
  vector.shape = {4};
  return guarded(*subject.plugin, {}, [&] { return !rule->accepts(vector); });
}

// The rule alone, or with gradient descent behind it.
std::unique_ptr<train::Training> play_chain(const Subject& subject, const Problem& problem,
                                            const RuleTrial& trial, bool alone) {
  const double rate = trial.learning_rate.value_or(usual_rate);
  experiment::Rule rule;
  rule.plugin = subject.plugin;
  rule.name = subject.plugin->info().name;
  rule.section = trial.section;
  if (trial.learning_rate && has_learning_rate(*subject.plugin))
    rule.section.set("learning_rate", Value::of(rate));
  rule.fallback = {gradient_descent(rate)};

  experiment::Experiment experiment = experiment_of(
      refuses_vectors(subject, trial.section) ? with_matrices_only(problem) : problem, trial.batch_size);
  experiment.threads = trial.threads;
  experiment::ChainSpec chain;
  if (trial.clipped) chain.rules.push_back(clipping(1));
  chain.rules.push_back(std::move(rule));
  if (!alone) chain.rules.push_back(gradient_descent(rate));
  experiment.optimizer = {std::move(chain)};
  return train::assemble(std::move(experiment), {});
}

void append(std::vector<double>& all, const Tensor& tensor) {
  const std::vector<double> numbers = tensor.to_doubles();
  all.insert(all.end(), numbers.begin(), numbers.end());
}

}  // namespace

bool has_learning_rate(const LoadedPlugin& plugin) {
  const auto& options = plugin.options().options();
  return std::any_of(options.begin(), options.end(),
                     [](const Option& option) { return option.name == "learning_rate"; });
}

bool makes_steps(const Subject& subject, const Value& section) {
  if (!has_learning_rate(*subject.plugin) || looks_ahead_with_chain(subject, section)) return false;
  std::vector<double> values[2];
  for (const int factor : {1, 2}) {
    const auto training = play_chain(subject, with_matrices_only(mixed_problem(16)),
                                     {.section = section, .learning_rate = factor * usual_rate}, true);
    SyntheticGradients gradients(*training);
    for (int i = 0; i < 5; ++i) gradients.update();
    values[factor - 1] = training->arenas().front()->values().to_doubles();
  }
  return first_difference(values[0], values[1]).has_value();
}

std::unique_ptr<train::Training> play(const Subject& subject, const Problem& problem,
                                      const RuleTrial& trial) {
  return play_chain(subject, problem, trial, makes_steps(subject, trial.section));
}

std::string play_steps(train::Training& training, std::int64_t steps) {
  try {
    for (std::int64_t i = 0; i < steps; ++i) training.play_step(false);
  } catch (const train::Diverged& diverged) {
    return diverged.what();
  }
  return "";
}

std::vector<double> whole_state(train::Training& training) {
  std::vector<double> all;
  for (const auto& parameter : training.registrar().parameters()) append(all, parameter->value);
  for (const auto& buffer : training.registrar().buffers()) append(all, buffer->value());
  for (auto& units : training.units()) {
    for (chain::ChainUnit& unit : units) {
      all.push_back(static_cast<double>(unit.updates));
      for (chain::RuleState& state : unit.rules) {
        all.insert(all.end(), state.scalars.begin(), state.scalars.end());
        for (const auto& tensors : state.slots)
          for (const Tensor& tensor : tensors) append(all, tensor);
      }
    }
  }
  return all;
}

std::vector<double> visible_values(train::Training& training) {
  std::vector<double> all;
  for (std::size_t player = 0; player < training.runners().size(); ++player) {
    Tensor& values = training.arenas()[player]->values();
    append(all, values);
    if (!training.runners()[player]->has_evaluation_point()) continue;
    const Tensor before = values.clone();
    training.runners()[player]->write_evaluation_point(training.step());
    append(all, values);
    values.copy_from(before);
  }
  return all;
}

std::optional<std::size_t> first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  const auto same = [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  };
  const auto found = std::mismatch(a.begin(), a.end(), b.begin(), b.end(), same);
  if (found.first == a.end() && found.second == b.end()) return std::nullopt;
  return static_cast<std::size_t>(found.first - a.begin());
}

}  // namespace descent::conformance
