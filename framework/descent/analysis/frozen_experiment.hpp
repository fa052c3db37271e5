#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::analysis {

/// One value of an experiment: `optimizer.generator.learning_rate` is `1.0e-3`. Entries of a list are
/// addressed by their name, as on the command line.
struct OptionValue {
  std::string path;
  Value value;
  std::string text;  ///< `0.001`, `[1, 2]`: the same for what is the same
};

/// 1 and 1.0 are one text: they are one value to every option.
DESCENT_API std::string option_text(const Value& value);

/// Adds every value at and below `path`, where `value` stands.
DESCENT_API void flatten(const std::string& path, const Value& value, std::vector<OptionValue>& options);

/// A top-level key of an experiment with everything below it.
struct ExperimentSection {
  std::string key;
  Value value;
  std::vector<OptionValue> options;
};

/// The resolved experiment of a run, as its `experiment.yaml` says it.
class DESCENT_API FrozenExperiment {
 public:
  using Section = std::shared_ptr<const ExperimentSection>;

  explicit FrozenExperiment(std::vector<Section> sections) : sections_(std::move(sections)) {}

  /// In the file's order. Two experiments that were read by one ExperimentReader have the same object where
  /// they say the same.
  const std::vector<Section>& sections() const { return sections_; }
  /// The section of that key, or null.
  const ExperimentSection* section(std::string_view key) const;
  /// The option of that path, or null.
  const OptionValue* option(std::string_view path) const;
  /// The text of an option; empty when there is none.
  std::string text(std::string_view path) const;

 private:
  std::vector<Section> sections_;
};

/// Reads many frozen experiments, and parses what is the same in several of them once: a thousand runs of a
/// sweep differ in a line or two.
class DESCENT_API ExperimentReader {
 public:
  /// Throws Error when the run's `experiment.yaml` cannot be read, or is no resolved experiment.
  FrozenExperiment read(const std::filesystem::path& run);
  /// The same for the text itself; `name` is how messages call it.
  FrozenExperiment parse(const std::string& text, const std::string& name);

 private:
  std::map<std::string, FrozenExperiment::Section, std::less<>> known_;  // by text
};

/// The paths of the options that do not have one value in all experiments, in the order in which they stand.
DESCENT_API std::vector<std::string> differing_options(const std::vector<FrozenExperiment>& experiments);

/// Whether `path` is `prefix` or lies below it: `optimizer.adam.beta1` below `optimizer.adam`.
DESCENT_API bool lies_below(std::string_view path, std::string_view prefix);

}  // namespace descent::analysis
