#pragma once

#include "descent/plugin/registry.hpp"

/// The suite's own plugins, which are in no library of their own: what problems are made of.
namespace descent::conformance {

const LoadedPlugin& arrays_model();
const LoadedPlugin& linear_model();
const LoadedPlugin& bowl_loss();
const LoadedPlugin& rosenbrock_loss();
const LoadedPlugin& game_loss();
const LoadedPlugin& logistic_loss();
const LoadedPlugin& points_dataset();
const LoadedPlugin& gap_metric();
const LoadedPlugin& gradient_descent_rule();
const LoadedPlugin& clipping_rule();

}  // namespace descent::conformance
