#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "descent/experiment/experiment.hpp"
#include "descent/runlog/status_file.hpp"
#include "descent/train/training.hpp"
#include "support/files.hpp"
#include "support/numbers.hpp"
#include "support/test_registry.hpp"

namespace descent::testing {

/// The experiment that this text says, as if it stood in `test.yaml`, with overrides as on the command line.
/// Throws Error as load_experiment() does.
experiment::Experiment experiment_of(const std::string& yaml, const std::vector<std::string>& overrides = {});

/// The training of experiment_of(), before its first step. Throws Error as Training does.
std::unique_ptr<train::Training> training_of(const std::string& yaml,
                                             const std::vector<std::string>& overrides = {});

/// A file of `experiments/`, with overrides.
experiment::Experiment shipped_experiment(const std::string& file,
                                          const std::vector<std::string>& overrides = {});

/// What a run's status.yaml says, but for time and memory, which it must say too.
runlog::RunState state_without_costs(const std::filesystem::path& run);

/// Plays so many steps, with terms that are only observed.
void play(train::Training& training, std::int64_t steps, train::StepObserver* observer = nullptr);

/// The numbers of a parameter by name, as they stand. Throws std::out_of_range when there is none, as all of
/// these do.
std::vector<double> parameter(const train::Training& training, const std::string& name);
/// Of a slot: `2_adam.first_moment/generator.0.weight`.
std::vector<double> slot(train::Training& training, const std::string& path);
/// Of a buffer.
std::vector<double> buffer(const train::Training& training, const std::string& name);
/// The unit that moves a parameter.
chain::ChainUnit& unit_of(train::Training& training, const std::string& name);
/// What a metric of the experiment measures now.
std::vector<double> measured(train::Training& training, const std::string& name);
/// The mean of a term in the last evaluation of a player: `player`, loss item, the term's name.
double term(train::Training& training, const std::string& player, const std::string& loss,
            const std::string& name);

/// Everything that makes up the state, bit for bit: parameters, buffers, slots, rules' scalars and counters.
std::vector<double> whole_state(train::Training& training);

/// The message of the Error that `call` throws; `no error` when it throws none.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace descent::testing
