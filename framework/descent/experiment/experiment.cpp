#include "descent/experiment/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/experiment/hints.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/references.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/experiment/yaml.hpp"

namespace descent::experiment {

namespace fs = std::filesystem;

static constexpr std::size_t longest_extends_chain = 16;
static constexpr std::size_t most_files = 100;
static constexpr std::int64_t most_threads = 4096;

static const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names = {"name",    "seed",    "threads", "precision",  "extends",
                                                 "plugins", "dataset", "model",   "loss",       "optimizer",
                                                 "trainer", "metrics", "log",     "checkpoint", "sweep"};
  return names;
}

namespace {

/// What is known while an experiment and those that it extends are read.
struct Lineage {
  Registry* registry = nullptr;
  std::vector<fs::path> chain = {};  ///< the files that lead here
  std::size_t files = 0;             ///< that were read
};

}  // namespace

// The file that `extends` names, read with all that it extends in its turn.
static Value read_extended(const fs::path& file, Lineage& lineage, Diagnostics& diagnostics);

// One parent: the value that names it.
static Value read_base(const Value& extends, Lineage& lineage, Diagnostics& diagnostics) {
  if (!extends.is(Value::Kind::text)) {
    add_expectation("extends",
                    "the path of another experiment, such as ../gan_ring.yaml, or a list of such paths",
                    extends, diagnostics);
    return {};
  }
  const fs::path file = (folder_of(extends.location()) / extends.text()).lexically_normal();
  std::error_code unknown;
  const fs::path identity = fs::weakly_canonical(file, unknown);
  const auto& chain = lineage.chain;
  if (std::find(chain.begin(), chain.end(), identity) != chain.end()) {
    diagnostics.add(extends.location(), fmt::format("'{}' extends itself through this file", file.string()));
    return {};
  }
  if (chain.size() >= longest_extends_chain) {
    diagnostics.add(extends.location(), fmt::format("a chain of more than {} files that extend each other",
                                                    longest_extends_chain));
    return {};
  }
  if (++lineage.files > most_files) {
    diagnostics.add(
        extends.location(),
        fmt::format("more than {} files are extended, those named several times included", most_files));
    return {};
  }
  const std::size_t before = diagnostics.size();
  try {
    Value base = read_extended(file, lineage, diagnostics);
    if (base.is(Value::Kind::map)) {
      base.erase("name");
      return base;
    }
    if (diagnostics.size() == before)
      diagnostics.add(extends.location(), fmt::format("'{}' holds {}, not the sections of an experiment",
                                                      extends.text(), base.description()));
  } catch (const Error& error) {
    diagnostics.append(error.within(extends.location()));
  }
  return {};
}

// All parents, each over those before it; null when one of them could not be read.
static Value read_bases(const Value& extends, Lineage& lineage, Diagnostics& diagnostics) {
  if (!extends.is(Value::Kind::list)) return read_base(extends, lineage, diagnostics);
  if (extends.items().empty())
    diagnostics.add(extends.location(), "'extends' is empty; name the experiments that this one changes");
  Value merged = Value::map().at(extends.location());
  bool complete = !extends.items().empty();
  for (const Value& parent : extends.items()) {
    const Value base = read_base(parent, lineage, diagnostics);
    if (base.is(Value::Kind::map))
      merged = merge(merged, base, {{}, lineage.registry});
    else
      complete = false;
  }
  return complete ? merged : Value();
}

// Null takes a key out also where the base has none.
static Value without_nulls(Value value) {
  if (!value.is(Value::Kind::map)) return value;
  std::erase_if(value.entries(), [](const Value::Entry& entry) { return entry.value.is(Value::Kind::null); });
  for (Value::Entry& entry : value.entries()) entry.value = without_nulls(std::move(entry.value));
  return value;
}

static Value read_extended(const fs::path& file, Lineage& lineage, Diagnostics& diagnostics) {
  Value content = read_yaml(file, diagnostics);
  const Value* extends = content.find("extends");
  if (extends == nullptr) return content;
  std::error_code unknown;
  lineage.chain.push_back(fs::weakly_canonical(file, unknown));
  const Value base = read_bases(*extends, lineage, diagnostics);
  lineage.chain.pop_back();
  if (!base.is(Value::Kind::map)) return {};
  content.erase("extends");
  return without_nulls(merge(base, content, {{}, lineage.registry}));
}

Value read_experiment(const fs::path& file, Diagnostics& diagnostics, Registry* registry) {
  Lineage lineage{registry};
  return read_extended(file, lineage, diagnostics);
}

static std::string read_name(const Value* value, const fs::path& file, Diagnostics& diagnostics) {
  if (value == nullptr) {
    std::string stem = file.stem().string();
    if (!is_plain_name(stem))
      diagnostics.add({file.string(), 0, 0},
                      fmt::format("'{}' cannot name a run's folder; write name: NAME, with "
                                  "letters, digits, '_', '-' and '.'",
                                  stem));
    return stem;
  }
  if (value->is(Value::Kind::text) && is_plain_name(value->text())) return value->text();
  add_expectation("name", "a text of letters, digits, '_', '-' and '.'", *value, diagnostics);
  return "";
}

static std::int64_t read_whole(const Value* value, const std::string& name, std::int64_t default_value,
                               std::int64_t least, std::int64_t most, Diagnostics& diagnostics) {
  if (value == nullptr) return default_value;
  if (value->is(Value::Kind::integer) && value->integer() >= least && value->integer() <= most)
    return value->integer();
  add_expectation(name, fmt::format("a whole number from {} to {}", least, most), *value, diagnostics);
  return default_value;
}

static std::vector<fs::path> read_folders(const Value* value, PluginContext& context) {
  std::vector<fs::path> folders;
  if (value == nullptr) return folders;
  const std::vector<Value> items = value->is(Value::Kind::list) ? value->items() : std::vector<Value>{*value};
  for (const Value& item : items) {
    if (!item.is(Value::Kind::text)) {
      add_expectation("plugins", "folders that hold plugins, such as [../build/plugins]", item,
                      context.diagnostics);
      continue;
    }
    const fs::path folder = absolute_path(item.text(), item.location());
    std::error_code unknown;
    if (!fs::is_directory(folder, unknown)) {
      context.diagnostics.add(item.location(), fmt::format("there is no folder {}", folder.string()),
                              codes::unreadable);
      continue;
    }
    if (const auto reason = distrust_of_folder(folder)) {
      context.diagnostics.add(item.location(), *reason);
      continue;
    }
    context.registry.add_folder(folder);
    folders.push_back(folder);
  }
  return folders;
}

namespace {

/// The sections of one experiment; those that are null count as absent.
class Sections {
 public:
  Sections(const Value& content, const fs::path& file, Diagnostics& diagnostics)
      : content_(content), file_{file.string(), 0, 0}, diagnostics_(diagnostics) {}

  const Value* find(const char* name) const {
    const Value* section = content_.find(name);
    return section == nullptr || section->is(Value::Kind::null) ? nullptr : section;
  }
  const Value* require(const char* name, const char* example) {
    const Value* section = find(name);
    if (section == nullptr)
      diagnostics_.add({file_, fmt::format("the experiment needs '{}', such as {}: {}", name, name, example),
                        codes::missing, name});
    return section;
  }
  void check_names() {
    for (const auto& entry : content_.entries()) {
      if (entry.key == "sweep" && !entry.value.is(Value::Kind::null))
        diagnostics_.add(entry.key_location, "'sweep' describes many runs; start them with 'descent sweep'");
      else if (std::count(section_names().begin(), section_names().end(), entry.key) == 0)
        diagnostics_.add(unknown_word(entry.key_location, "an experiment",
                                      fmt::format("an experiment has no section '{}'", entry.key), entry.key,
                                      section_names()));
    }
  }

 private:
  const Value& content_;
  SourceLocation file_;
  Diagnostics& diagnostics_;
};

}  // namespace

// The metric that may end a run early must be measured.
static void check_stop(const Experiment& experiment, Diagnostics& diagnostics) {
  const auto& stop = experiment.trainer.stop;
  if (!stop || stop->metric.empty()) return;
  const std::string metric = stop->metric.substr(0, stop->metric.find('/'));
  std::vector<std::string> names;
  for (const MetricItem& item : experiment.metrics) names.push_back(item.name);
  if (std::find(names.begin(), names.end(), metric) == names.end())
    diagnostics.add(stop->location,
                    fmt::format("'trainer.stop' waits for the metric '{}', which 'metrics' does not name{}",
                                metric, suggestion(metric, names)),
                    codes::unknown_name);
}

static void read_plugin_sections(Experiment& experiment, Sections& sections, PluginContext& context) {
  experiment.plugin_folders = read_folders(sections.find("plugins"), context);
  if (const Value* dataset = sections.find("dataset")) experiment.dataset = read_dataset(*dataset, context);
  if (const Value* model = sections.require("model", "{plugin: gan, latent: 2}"))
    experiment.model = read_plugin(PluginKind::model, *model, "model", context).value_or(PluginUse());
  if (const Value* loss = sections.require("loss", "non_saturating"))
    experiment.losses = read_losses(*loss, context);
  if (const Value* optimizer = sections.require("optimizer", "{plugin: adam, learning_rate: 1.0e-3}"))
    experiment.optimizer = read_optimizer(*optimizer, context);
  experiment.metrics = read_metrics(sections.find("metrics"), context);
}

Experiment load_experiment(Value content, const fs::path& file, Registry& registry,
                           const LoadOptions& options, Diagnostics diagnostics) {
  if (!content.is(Value::Kind::map)) {
    if (diagnostics.empty())
      diagnostics.add({file.string(), 0, 0},
                      fmt::format("an experiment is a map of sections, such as 'model: …' and "
                                  "'trainer: …', not {}",
                                  content.description()));
    diagnostics.sort();
    diagnostics.throw_if_any();
  }
  const Value written = content;
  for (const std::string& assignment : options.overrides)
    apply_override(content, assignment, diagnostics, &registry);
  resolve_references(content, diagnostics);

  Experiment experiment;
  experiment.file = file;
  Sections sections(content, file, diagnostics);
  sections.check_names();
  experiment.name = read_name(sections.find("name"), file, diagnostics);
  constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
  experiment.seed =
      static_cast<std::uint64_t>(read_whole(sections.find("seed"), "seed", 1, 0, greatest, diagnostics));
  experiment.threads = read_whole(sections.find("threads"), "threads", 1, 1, most_threads, diagnostics);
  experiment.precision = read_precision(sections.find("precision"), diagnostics);
  PluginContext context{registry, diagnostics};
  read_plugin_sections(experiment, sections, context);
  experiment.trainer =
      read_trainer(sections.require("trainer", "{batch_size: 128, steps: 20000}"), diagnostics);
  experiment.log = read_log(sections.find("log"), diagnostics);
  experiment.checkpoint = read_checkpoint(sections.find("checkpoint"), diagnostics);
  if (diagnostics.empty()) check_stop(experiment, diagnostics);
  if (!diagnostics.empty()) diagnostics = with_hints(diagnostics, written, experiment, options.overrides);
  diagnostics.sort();
  diagnostics.throw_if_any();

  experiment.overrides = overrides_name(options.overrides);
  experiment.resolved = resolved_experiment(experiment);
  return experiment;
}

Experiment load_experiment(const fs::path& file, Registry& registry, const LoadOptions& options) {
  Diagnostics diagnostics;
  Value content = read_experiment(file, diagnostics, &registry);
  return load_experiment(std::move(content), file, registry, options, std::move(diagnostics));
}

}  // namespace descent::experiment
