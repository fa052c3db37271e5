#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

namespace descent::testing {

// A sound experiment: each case spoils one of its lines.
inline const std::vector<std::string> sound = {
    "dataset: {plugin: test_table, examples: 10, test_examples: 0}",
    "model: {plugin: test_buffered}",
    "loss: {plugin: mean_squared_error}",
    "optimizer: {plugin: sgd}",
    "trainer: {batch_size: 4, steps: 3}",
    "metrics: [{plugin: test_reader}]",
    "log: {tensors: [{values: '*', every: 1}]}",
};

inline std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The sound experiment with other lines: each replaces the one that begins with the same key.
inline std::string spoilt(const std::vector<std::string>& replacements) {
  std::vector<std::string> lines = sound;
  for (const std::string& replacement : replacements)
    for (std::string& line : lines)
      if (line.substr(0, line.find(':')) == replacement.substr(0, replacement.find(':'))) line = replacement;
  return text_of(lines);
}

// What running it says; nothing may be left in the folder for its runs.
inline std::string refusal(const std::vector<std::string>& replacements) {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path / "runs";
  const std::string message =
      error_of([&] { run::run_experiment(experiment_of(spoilt(replacements)), test_registry(), options); });
  CHECK(std::filesystem::is_empty(root.path));
  CHECK(error_of([&] { run::check_experiment(experiment_of(spoilt(replacements))); }) == message);
  return message;
}

// As error_of(), with what is thrown by a plugin itself.
template <class Call>
std::string error_or_failure_of(Call&& call) {
  try {
    return error_of(call);
  } catch (const RunError& failure) {
    return failure.what();
  }
}

}  // namespace descent::testing
