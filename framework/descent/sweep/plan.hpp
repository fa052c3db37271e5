#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/sweep/sweep_spec.hpp"

namespace descent::sweep {

/// One value that a configuration sets.
struct Setting {
  std::string path;
  Value value;
};

/// A choice on every axis: what is tuned.
struct Configuration {
  std::vector<Setting> settings;  ///< in the axes' order, inner axes behind their section
  /// `optimizer=adam,learning_rate=0.001`: of each path as much as tells it from the others; empty: no axes.
  std::string folder;
};

/// `optimizer=adam,learning_rate=0.001/seed=3`, below the sweep's directory.
DESCENT_API std::string run_folder(const std::string& configuration_folder, std::int64_t seed);

/// One configuration with one seed.
struct PlannedRun {
  std::size_t configuration = 0;  ///< of SweepPlan::configurations
  std::int64_t seed = 0;
  std::string identity;  ///< run_identity()
};

/// What a sweep is to run, all of it known before the first run starts.
struct SweepPlan {
  std::string name;
  /// The experiment that the axes vary, without `sweep`.
  Value base;
  /// SHA-256 of what the base says, beside its name and seed.
  std::string base_hash;
  /// The section `sweep`, with what the command line changed, and the objective's whole name.
  Value section;
  std::filesystem::path file;
  SweepSpec spec;
  std::vector<Configuration> configurations;
  std::vector<PlannedRun> runs;  ///< configuration by configuration, seeds within

  const Configuration& configuration_of(const PlannedRun& run) const {
    return configurations[run.configuration];
  }
  DESCENT_API std::string folder(const PlannedRun& run) const;  ///< run_folder()
  /// The experiment of a run, not yet checked.
  DESCENT_API Value content(const PlannedRun& run, Diagnostics& diagnostics) const;
};

/// The optimizer that a configuration chooses, by whole sections of `optimizer`, without its inner axes:
/// `adam`, `sgd,momentum=0.9`, `generator=adam,discriminator=sgd`; empty when no axis does. What settings are
/// tuned for.
DESCENT_API std::string optimizer_of(const std::vector<Setting>& settings);

/// Reads an experiment file and `words` of the command line: `key=value` changes the experiment (or, as
/// `sweep.seeds=3`, the sweep), `key=a,b,c` is one axis more; where there is an axis at that key, either
/// takes its place. Checks every value of every axis, the others at their first, every two sections that
/// axes choose (as far as they are few), and the objective; throws one Error with every problem and its
/// place. Touches no file.
DESCENT_API SweepPlan plan_sweep(const std::filesystem::path& file, const std::vector<std::string>& words,
                                 Registry& registry);

/// What plan_sweep() would call the sweep of this file, whether the experiment in it is right or not. Throws
/// Error when the file cannot be read.
DESCENT_API std::string name_of_sweep(const std::filesystem::path& file,
                                      const std::vector<std::string>& words);

/// SHA-256 of what the experiment that axes vary says, beside its name and seed. Internal.
std::string base_hash_of(const Value& base);
/// 16 hexadecimal digits of the SHA-256 of the sorted `path=value` lines, the seed's, and the base's.
std::string run_identity(const std::vector<Setting>& settings, std::int64_t seed,
                         const std::string& base_hash);
/// The settings of axes for a grid, or drawn. Adds problems where there are too many or too few. Internal.
std::vector<std::vector<Setting>> configurations_of(const SweepSpec& spec, Diagnostics& diagnostics);
/// Settings that show every value of every axis, and both ends of ranges, the others at their first; and
/// every two values of axes that choose sections, the first 64 of them. Internal.
std::vector<std::vector<Setting>> probes_of(const SweepSpec& spec);
/// What tells a configuration from others, for people: `optimizer=[clip_norm,adam],turns=[discriminator: 2]`. Internal.
std::string configuration_text(const std::vector<Setting>& settings);
/// The name of a configuration's folder. Internal.
std::string configuration_folder(const std::vector<Setting>& settings);

/// `a,b,[c, d]` at its outer commas. Internal.
DESCENT_API std::vector<std::string> split_values(const std::string& text);

}  // namespace descent::sweep
