#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "descent/train/training.hpp"

/// What the last update of each parameter began with, and what was subtracted from the values.
class CapturedUpdates final : public descent::train::StepObserver {
 public:
  void gradients_ready(const descent::train::GamePlayer&, descent::chain::Arena& arena,
                       std::span<const std::string>) override {
    copy(arena, gradients);
  }
  void updated(const descent::train::GamePlayer&, descent::chain::Arena& arena,
               std::span<const std::string>) override {
    copy(arena, updates);
  }
  std::map<std::string, std::vector<double>> gradients, updates;

 private:
  static void copy(descent::chain::Arena& arena, std::map<std::string, std::vector<double>>& into) {
    for (std::size_t p = 0; p < arena.parameters().size(); ++p)
      into[arena.parameters()[p]->name] = arena.gradient_views()[p].to_doubles();
  }
};

/// The Euclidean norm of several arrays together.
inline double norm(const std::vector<std::vector<double>>& arrays) {
  double sum = 0;
  for (const auto& array : arrays)
    for (const double number : array) sum += number * number;
  return std::sqrt(sum);
}
