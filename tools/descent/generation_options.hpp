#pragma once

#include <string>
#include <utility>
#include <vector>

#include "command_line.hpp"
#include "descent/train/training.hpp"

namespace descent::program {

/// What `generate` is asked to make, in the words of the command line.
struct GenerationOptions {
  std::vector<std::string> labels, conditions, path;

  bool is_path() const { return !path.empty(); }
};

/// `--label`, `--condition` and `--interpolate`.
void add_generation_options(Command& command, GenerationOptions& options);

/// Their conditions, as the training takes them. Throws Error that names the option where a model has no such condition, or
/// a file cannot be read.
std::vector<Tensor> conditions_of(const GenerationOptions& options, const train::Training& training);

/// The ends of a path: `17` is sample 17, `test:3` the code of example 3 of the test split. Throws Error for other words.
std::pair<train::PathEnd, train::PathEnd> path_of(const GenerationOptions& options);

/// How many columns a grid of samples has so that each holds one class, where classes go in turn; 0: there is no such number.
std::int64_t class_columns(const std::vector<Tensor>& conditions, const train::Training& training,
                           std::int64_t count);

}  // namespace descent::program
