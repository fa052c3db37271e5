#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/duration.hpp"
#include "descent/config/value.hpp"
#include "descent/kernels/precision.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/model.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/plugin/schedule.hpp"

namespace descent::experiment {

/// An object that is moved along, and not copied: a copy has none.
class OwnedObject {
 public:
  OwnedObject() = default;
  explicit OwnedObject(std::shared_ptr<void> object) : object_(std::move(object)) {}
  OwnedObject(const OwnedObject&) {}
  OwnedObject(OwnedObject&&) noexcept = default;
  OwnedObject& operator=(const OwnedObject& other) {
    if (this != &other) object_ = nullptr;
    return *this;
  }
  OwnedObject& operator=(OwnedObject&&) noexcept = default;
  ~OwnedObject() = default;

  bool empty() const { return object_ == nullptr; }
  std::shared_ptr<void> take() { return std::exchange(object_, nullptr); }

 private:
  std::shared_ptr<void> object_;
};

/// A plugin as an experiment names it: the loaded plugin, and the map that names it, host keys included.
struct DESCENT_API PluginUse {
  const LoadedPlugin* plugin = nullptr;
  /// How the entry is addressed and logged: its `name`, by default the plugin's.
  std::string name;
  /// With every option at its default where none was given, at any depth, and every path absolute.
  Value section;
  /// The object that was made when the map was read, as its contract class. None once it was taken, in a
  /// copy, and in a use that was not read from an experiment: two trainings never share one.
  OwnedObject object = {};
  /// The plugins that its options name: layers, and those inside them.
  std::vector<const LoadedPlugin*> nested = {};
  const SourceLocation& location() const { return section.location(); }

  /// The plugin's object for whoever is to own it: the one that reading the experiment made, or a new one.
  template <class Contract>
  std::shared_ptr<Contract> take(Diagnostics& diagnostics) {
    if (object.empty()) make(diagnostics);
    return std::static_pointer_cast<Contract>(object.take());
  }
  /// Makes the object, and completes the map.
  void make(Diagnostics& diagnostics);
};

/// `N`, `N steps`, `N epochs` or, where it says so, `N minutes`.
struct Duration {
  using Unit = DurationUnit;
  std::int64_t count = 0;
  Unit unit = Unit::steps;
  SourceLocation location = {};  ///< where it is written; of a default none
};

struct LossItem : PluginUse {
  Schedule weight = 1.0;
  /// Evaluated at steps 1, 1 + every, …; on the others it costs nothing.
  std::int64_t every = 1;
  /// The players it adds to; empty: those it names itself, or every one.
  std::vector<std::string> players;
};

struct Rule;
/// Rules run one after the other.
using Chain = std::vector<Rule>;

struct Rule : PluginUse {
  /// For the parameters that the rule refuses.
  Chain fallback;
  /// `fallback: frozen`: those parameters are not moved.
  bool fallback_is_frozen = false;
};

/// One entry of `optimizer`: which parameters, and their chain.
struct ChainSpec {
  /// An exact group, a player, or a pattern of parameter names; empty: everything.
  std::string key;
  SourceLocation key_location;
  Chain rules;
  /// `frozen`: these parameters are not moved.
  bool frozen = false;
};

struct Turn {
  /// A player or one of its groups.
  std::string name;
  /// How many updates, each on a batch of its own.
  std::int64_t count = 1;
  SourceLocation location;
};

struct StopSpec {
  /// `mode_coverage/modes`: a metric's name and its measure; the measure may be left out where there is one.
  std::string metric;
  std::optional<double> target;
  /// So many measurements in a row without an improvement of more than min_delta.
  std::optional<std::int64_t> patience;
  double min_delta = 0;
  SourceLocation location;
};

struct TrainerSpec {
  std::int64_t batch_size = 64;
  Duration steps;
  bool simultaneous = false;
  /// Empty, and not simultaneous: one update of each player, in the loss's order.
  std::vector<Turn> turns;
  /// So many training examples are set aside as the split `validation`.
  std::int64_t validation = 0;
  bool drop_last_batch = false;
  /// Every epoch deals the examples in the order of the first, instead of shuffling them anew.
  bool shuffle_once = false;
  /// The next step's batches are filled on a thread of their own while a step is played: the same bits. Off,
  /// because handing over costs more than it saves where batches are cheap (tools/bench/README.md).
  bool prefetch = false;
  /// The number of batches on which batch statistics are re-estimated at an optimizer's evaluation point.
  std::int64_t evaluation_batches = 50;
  std::optional<StopSpec> stop;
  SourceLocation location;
};

/// An option of a loss, and the value that it takes while a metric is measured.
struct ValueAt {
  std::string option;  ///< `elbo.beta`
  double value = 0;
  SourceLocation location;
};

struct MetricItem : PluginUse {
  Split split = Split::test;
  Duration every;  ///< 0 steps: at the end only; it is measured at the end in any case
  std::int64_t batch_size = 0;
  bool split_given = false;
  std::vector<ValueAt> at;
};

struct TensorLog {
  enum class What { values, gradients, updates, slots };
  What what = What::values;
  /// Of parameter names; for slots of `2_adam.first_moment/generator.0.weight`.
  std::string pattern;
  enum class As { snapshots, histograms, summaries };
  As as = As::snapshots;
  Duration every;
  SourceLocation location;
};

/// What the log says of the optimizer: one set of columns for each player.
struct OptimizerLog {
  enum class Measure {
    gradient_norm,
    update_norm,
    value_norm,
    update_ratio,
    update_cosine,
    effective_learning_rate
  };
  Duration every;
  std::vector<Measure> measures;
  /// Of every parameter too, not of the player's alone.
  bool per_parameter = false;
  SourceLocation location;
};
/// `gradient_norm` and so on, in the enumeration's order.
DESCENT_API const std::vector<std::string>& optimizer_measure_names();

struct LogSpec {
  Duration metrics_every{1, Duration::Unit::steps};
  std::optional<OptimizerLog> optimizer;
  Duration samples_every;  ///< 0: never
  std::int64_t samples_count = 64;
  Show samples_show = Show::mean;
  std::vector<TensorLog> tensors;
  bool compress_tensors = false;
};

struct CheckpointSpec {
  Duration every{10, Duration::Unit::minutes};  ///< 0: at the end only
  std::int64_t keep = 2;
  /// `mode_coverage/modes`: whenever this measure is better than ever, the state is saved as `best.h5`.
  std::string best;
  SourceLocation best_location;
};

/// How precisely numbers are computed.
struct PrecisionSpec {
  ProductInputs products = ProductInputs::exact;
  SourceLocation location;
};

/// Everything needed to repeat a run, checked as far as it can be without a model: plugins exist and are
/// loaded, options have the right types and ranges.
struct Experiment {
  std::string name;
  std::uint64_t seed = 1;
  std::int64_t threads = 1;
  PrecisionSpec precision;
  /// Folders of plugins beside the standard ones, absolute.
  std::vector<std::filesystem::path> plugin_folders;
  std::optional<PluginUse> dataset;
  PluginUse model;
  std::vector<LossItem> losses;
  std::vector<ChainSpec> optimizer;
  TrainerSpec trainer;
  std::vector<MetricItem> metrics;
  LogSpec log;
  CheckpointSpec checkpoint;
  /// The file it came from.
  std::filesystem::path file;
  /// `key=value` as given, without `seed` and what is no part of the run (is_part_of_run()), in the order of their keys, joined with commas: the
  /// name of the run directory's level. Characters that file names had better not have are replaced, and what
  /// was replaced or is too long is told apart by a hash at the end.
  std::string overrides;
  /// With every default filled in: what is frozen in the run directory.
  Value resolved;
};

struct LoadOptions {
  /// `key.path=value`, applied in order behind the file.
  std::vector<std::string> overrides;
};

/// Reads a file and those it extends, merged. A file's `name` is its own and does not pass to those that
/// extend it. Null, and problems, when one of them could not be read to its end; throws Error when `file`
/// itself cannot be opened.
/// `registry` tells apart what `extends` merges (MergePlace).
DESCENT_API Value read_experiment(const std::filesystem::path& file, Diagnostics& diagnostics,
                                  Registry* registry = nullptr);

/// Reads, merges and checks an experiment. Every problem is reported at once, sorted by place, in one Error
/// whose lines each carry file:line:column and the nearest right name. The experiment's `plugins:` folders
/// are added to the registry.
DESCENT_API Experiment load_experiment(const std::filesystem::path& file, Registry& registry,
                                       const LoadOptions& options = {});
/// The same for what read_experiment gave, changed or not. `problems` are reported with its own.
DESCENT_API Experiment load_experiment(Value content, const std::filesystem::path& file, Registry& registry,
                                       const LoadOptions& options, Diagnostics diagnostics = {});

}  // namespace descent::experiment
