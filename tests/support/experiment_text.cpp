#include "support/experiment_text.hpp"

#include <stdexcept>

#include "descent/experiment/yaml.hpp"
#include "descent/run/assemble.hpp"

namespace descent::testing {

experiment::Experiment experiment_of(const std::string& yaml, const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  Value content = experiment::parse_yaml(yaml, "test.yaml", diagnostics);
  return experiment::load_experiment(std::move(content), "test.yaml", test_registry(), {overrides},
                                     std::move(diagnostics));
}

std::unique_ptr<train::Training> training_of(const std::string& yaml,
                                             const std::vector<std::string>& overrides) {
  return run::assemble(experiment_of(yaml, overrides));
}

experiment::Experiment shipped_experiment(const std::string& file,
                                          const std::vector<std::string>& overrides) {
  return experiment::load_experiment(std::filesystem::path(DESCENT_SOURCE_DIR) / "experiments" / file,
                                     test_registry(), {overrides});
}

runlog::RunState state_without_costs(const std::filesystem::path& run) {
  runlog::RunState state = runlog::read_status(run).value();
  if (state.training_seconds <= 0 || state.peak_memory_bytes <= 0)
    throw std::runtime_error("status.yaml does not say what the run cost");
  state.training_seconds = 0;
  state.peak_memory_bytes = 0;
  return state;
}

void play(train::Training& training, std::int64_t steps, train::StepObserver* observer) {
  for (std::int64_t i = 0; i < steps; ++i) training.play_step(true, observer);
}

std::vector<double> parameter(const train::Training& training, const std::string& name) {
  for (const auto& candidate : training.registrar().parameters())
    if (candidate->name == name) return candidate->value.to_doubles();
  throw std::out_of_range("no parameter " + name);
}

std::vector<double> slot(train::Training& training, const std::string& path) {
  for (auto& units : training.units())
    for (chain::ChainUnit& unit : units)
      for (chain::RuleState& state : unit.rules)
        for (std::size_t p = 0; p < unit.parameters.size(); ++p)
          for (std::size_t s = 0; s < state.slots[p].size(); ++s)
            if (state.rule->name + "." + state.slot_names[p][s] + "/" + unit.parameters[p]->name == path)
              return state.slots[p][s].to_doubles();
  throw std::out_of_range("no slot " + path);
}

std::vector<double> buffer(const train::Training& training, const std::string& name) {
  for (const auto& candidate : training.registrar().buffers())
    if (candidate->name() == name) return candidate->value().to_doubles();
  throw std::out_of_range("no buffer " + name);
}

chain::ChainUnit& unit_of(train::Training& training, const std::string& name) {
  for (auto& units : training.units())
    for (chain::ChainUnit& unit : units)
      for (const Parameter* candidate : unit.parameters)
        if (candidate->name == name) return unit;
  throw std::out_of_range("no chain moves " + name);
}

std::vector<double> measured(train::Training& training, const std::string& name) {
  for (const train::MetricInstance& metric : training.metrics())
    if (metric.name == name) return training.measure(metric);
  throw std::out_of_range("no metric " + name);
}

double term(train::Training& training, const std::string& player, const std::string& loss,
            const std::string& name) {
  for (const train::GamePlayer& candidate : training.game().players())
    for (const train::GameTerm& found : candidate.terms)
      if (candidate.name == player && training.game().items()[found.item].name == loss &&
          found.spec.name == name)
        return found.mean;
  throw std::out_of_range("no term " + player + "/" + loss + "/" + name);
}

std::vector<double> whole_state(train::Training& training) {
  std::vector<double> all;
  const auto add = [&](const std::vector<double>& numbers) {
    all.insert(all.end(), numbers.begin(), numbers.end());
  };
  for (const auto& one : training.registrar().parameters()) add(one->value.to_doubles());
  for (const auto& one : training.registrar().buffers()) add(one->value().to_doubles());
  for (auto& units : training.units()) {
    for (chain::ChainUnit& unit : units) {
      all.push_back(static_cast<double>(unit.updates));
      all.push_back(static_cast<double>(unit.extrapolations));
      for (chain::RuleState& state : unit.rules) {
        add(state.scalars);
        for (const auto& tensors : state.slots)
          for (const Tensor& tensor : tensors) add(tensor.to_doubles());
      }
    }
  }
  for (const std::int64_t count : training.player_updates()) all.push_back(static_cast<double>(count));
  return all;
}

}  // namespace descent::testing
