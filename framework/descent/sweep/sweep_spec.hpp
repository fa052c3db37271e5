#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/sweep/axis.hpp"

namespace descent::sweep {

/// `protocol: deepobs`: tune with few seeds, then run the best setting with many. Schneider, Balles, Hennig,
/// DeepOBS: a deep learning optimizer benchmark suite, 2019, section 2.4.
/// `protocol: time_to_target`: every run ends when it reaches `target`; steps and seconds are compared. Dahl
/// et al., Benchmarking neural network training algorithms, 2023, section 4.
enum class Protocol { none, deepobs, time_to_target };

/// How a cluster's jobs are asked for: `sbatch` options by name, and shell lines run before.
struct SlurmSpec {
  std::string partition;
  std::string time;                    ///< as `sbatch --time` takes it: `2:00:00`
  std::int64_t cpus = 0;               ///< 0: the experiment's threads
  std::string memory;                  ///< as `sbatch --mem` takes it: `4G`
  std::int64_t array_parallelism = 0;  ///< 0: as many as the cluster likes
  std::vector<std::string> setup;
};

/// What the section `sweep` says.
struct SweepSpec {
  enum class Method { grid, random, sobol, halving, tpe, cmaes };

  std::vector<Axis> axes;
  /// Places in `axes`, tied to each other: their i-th values stand together.
  std::vector<std::vector<std::size_t>> zips;
  std::vector<std::int64_t> seeds;
  Method method = Method::grid;
  /// Settings to draw or propose; 0: all of a grid.
  std::int64_t runs = 0;
  /// Of `tpe` and `cmaes`: how many settings are proposed at a time.
  std::int64_t batch = 0;
  /// Of the drawing.
  std::uint64_t seed = 1;
  /// `mode_coverage/modes`; empty: nothing is compared while it runs. Of a plan the whole name, even where
  /// the file leaves the measure out.
  std::string objective;
  SourceLocation objective_place;
  /// Of `halving`: steps of the first rung, and how many settings stay out of which one goes on.
  std::int64_t first_rung = 0;
  std::int64_t reduction = 3;
  Protocol protocol = Protocol::none;
  /// Of `deepobs`: the seeds of the final runs. Of `time_to_target`: what the objective is to reach.
  std::vector<std::int64_t> final_seeds;
  std::optional<double> target;
  /// Limits of one run; 0: none.
  double timeout_seconds = 0;
  std::int64_t memory_bytes = 0;
  std::optional<SlurmSpec> slurm;
  SourceLocation location;
};

/// Whether the option at an axis, which is one of `spec`, takes numbers with a fraction.
using TakesFractions = std::function<bool(const SweepSpec& spec, const Axis& axis)>;

/// Reads the section, null for none; `seeds` start at `first_seed` where only their number is given. The numbers of a range
/// whose ends have no fraction are whole where its option takes nothing else, whatever the ends look like; without
/// `takes_fractions`, as in a frozen sweep, where both ends are written without a point (write_ranges()).
DESCENT_API SweepSpec read_sweep_spec(const Value& section, std::int64_t first_seed, Diagnostics& diagnostics,
                                      const TakesFractions& takes_fractions = {});

/// Writes the ends of every range of `spec` into the section that it was read from without a problem, so that they look
/// like what their numbers are.
void write_ranges(Value& section, const SweepSpec& spec);

DESCENT_API const std::vector<std::string>& sweep_method_names();

/// Whether a method proposes settings by what those before them have found: tpe, cmaes.
constexpr bool is_search(SweepSpec::Method method) {
  return method == SweepSpec::Method::tpe || method == SweepSpec::Method::cmaes;
}

/// `none`, `deepobs` or `time_to_target`.
DESCENT_API const char* text(Protocol protocol);

/// What a seed's runs are for, in a sweep with the protocol deepobs: the choice of a setting, what is said of
/// the one that was chosen, or both. Without that protocol every seed is for both.
enum class Phase { tuning, final, both };
DESCENT_API Phase phase_of(const SweepSpec& spec, std::int64_t seed);
DESCENT_API const char* text(Phase phase);

}  // namespace descent::sweep
