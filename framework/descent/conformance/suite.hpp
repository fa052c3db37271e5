#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "descent/config/value.hpp"
#include "descent/plugin/registry.hpp"

/// What every plugin of a kind must keep to, as checks that need nothing but the plugin: the same for one of
/// this tree and for one that a user has just written. They use no test framework, and no other plugin but
/// those that a check says it looks for.
namespace descent::conformance {

enum class Outcome {
  passed,
  failed,
  excepted,       ///< failed, and a row of exceptions.hpp says why that is right
  not_applicable  ///< it asks for something that this plugin has not, or this program cannot see
};
DESCENT_API const char* outcome_name(Outcome outcome);

/// What a check found, and what it saw.
struct Finding {
  Outcome outcome = Outcome::passed;
  std::string text;
};
DESCENT_API Finding passed(std::string text = "");
DESCENT_API Finding failed(std::string text);
DESCENT_API Finding not_applicable(std::string text);

/// Does the work and gives the number of times that it took memory from the heap, not counting what oneDNN
/// takes for itself. Only a program can know: it owns malloc.
using CountAllocations = std::function<long(const std::function<void()>& work)>;

/// A plugin with the options it is checked with.
struct Subject {
  const LoadedPlugin* plugin = nullptr;
  /// A map: what the user gave, the trial values of options that were not given, and the contrasts, or examples, of
  /// required ones.
  Value options;
  /// Where models, losses and metrics look for partners.
  Registry* registry = nullptr;
  /// Empty: this program cannot count.
  CountAllocations count_allocations;
};

/// Throws Error when the options are wrong, or when a required one is not given and has neither contrast nor example.
DESCENT_API Subject make_subject(const LoadedPlugin& plugin, const Value& options, Registry& registry,
                                 CountAllocations count_allocations = {});

struct Check {
  const char* name;
  /// What holds when it passes: one sentence without a full stop.
  const char* holds;
  Finding (*run)(const Subject& subject);
};

/// The checks of a kind, in the order in which they are best read.
DESCENT_API std::span<const Check> checks(PluginKind kind);
/// Runs one check. What the plugin throws is a failure; a failure with a row in exceptions() is excepted.
DESCENT_API Finding run(const Check& check, const Subject& subject);

// One for each kind; checks() puts them together.
std::span<const Check> optimizer_checks();
std::span<const Check> model_checks();
std::span<const Check> layer_checks();
std::span<const Check> loss_checks();
std::span<const Check> dataset_checks();
std::span<const Check> metric_checks();

}  // namespace descent::conformance
