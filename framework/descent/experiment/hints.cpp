#include "descent/experiment/hints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/range_text.hpp"

namespace descent::experiment {

namespace {

constexpr std::string_view command_line = "command line: ";

/// Every key that overrides can set: what is written, and the options of the plugins that could be read.
class KnownKeys {
 public:
  KnownKeys(const Value& content, const Experiment& experiment) : paths_(paths_of(content)) {
    if (experiment.dataset) add("dataset", *experiment.dataset);
    if (experiment.model.plugin != nullptr) add("model", experiment.model);
    for (const LossItem& item : experiment.losses)
      add(experiment.losses.size() == 1 ? "loss" : "loss." + item.name, item);
    for (const ChainSpec& chain : experiment.optimizer) {
      const std::string owner =
          chain.key.empty() ? "optimizer" : fmt::format("optimizer.{}", quoted(chain.key));
      for (const Rule& rule : chain.rules)
        add(chain.rules.size() == 1 ? owner : owner + "." + rule.name, rule);
    }
    for (const MetricItem& item : experiment.metrics) add("metrics." + item.name, item);
    for (const char* path :
         {"trainer.batch_size", "trainer.steps", "trainer.validation", "trainer.stop.patience",
          "checkpoint.every", "checkpoint.best", "log.metrics.every", "log.samples.every"})
      add_path(path);
  }

  // The paths that most likely are meant by a key that is not there; the first ones.
  std::vector<std::string> meant_by(const std::string& word) const {
    std::vector<std::string> last_keys;
    for (const std::string& path : paths_) last_keys.push_back(last_key(path));
    const auto key = nearest(word, last_keys);
    constexpr std::size_t most_shown = 3;
    std::vector<std::string> found;
    for (std::size_t i = 0; key && i < paths_.size() && found.size() < most_shown; ++i)
      if (last_keys[i] == *key) found.push_back(fmt::format("'{}'", paths_[i]));
    return found;
  }

 private:
  static std::string quoted(const std::string& key) {
    return key.find_first_of(".*?") == std::string::npos ? key : fmt::format("\"{}\"", key);
  }
  static std::string last_key(const std::string& path) { return path.substr(path.rfind('.') + 1); }
  void add(const std::string& owner, const PluginUse& use) {
    for (const std::string& option : use.plugin->options().names()) add_path(owner + "." + option);
  }
  void add_path(const std::string& path) {
    if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) paths_.push_back(path);
  }

  std::vector<std::string> paths_;
};

// Whether an override's value is a sweep's: several values, or a range.
bool is_of_sweep(const std::string& value) {
  if (value.find_first_of("[{\"'") != std::string::npos) return false;
  return value.find(',') != std::string::npos || axis_of_range(value, {});
}

// The text of an override that is no path to a key that is there, as `optimizer.lr` in `optimizer.lr=0.1`.
std::string hint_for(const Diagnostic& diagnostic, const KnownKeys& keys,
                     const std::vector<std::string>& overrides) {
  const std::string assignment = diagnostic.location.file.substr(command_line.size());
  const std::string key = assignment.substr(0, assignment.find('='));  // a quote in it may be open
  const bool of_run = std::find(overrides.begin(), overrides.end(), assignment) != overrides.end();
  if (of_run && key.size() < assignment.size() && is_of_sweep(assignment.substr(key.size() + 1)))
    return "; several values are for a sweep: descent sweep FILE " + assignment;
  const bool unknown = diagnostic.code == codes::unknown_key || diagnostic.code == codes::unknown_name;
  if (!unknown || diagnostic.message.find("did you mean") != std::string::npos) return "";
  const std::vector<std::string> meant = keys.meant_by(diagnostic.subject);
  return meant.empty() ? "" : fmt::format("; did you mean {}?", join(meant, " or "));
}

}  // namespace

Diagnostics with_hints(const Diagnostics& diagnostics, const Value& written, const Experiment& experiment,
                       const std::vector<std::string>& overrides) {
  const KnownKeys keys(written, experiment);
  Diagnostics hinted;
  for (Diagnostic diagnostic : diagnostics.all()) {
    if (diagnostic.location.file.starts_with(command_line))
      diagnostic.message += hint_for(diagnostic, keys, overrides);
    hinted.add(std::move(diagnostic));
  }
  return hinted;
}

}  // namespace descent::experiment
