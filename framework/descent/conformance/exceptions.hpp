#pragma once

#include <span>
#include <string_view>

#include "descent/plugin/registry.hpp"

namespace descent::conformance {

/// A check that a plugin of this tree need not pass, and why that is right.
struct Exception {
  PluginKind kind;
  std::string_view plugin;
  std::string_view check;
  std::string_view reason;
};

/// All there are: the one list. Optimizers may have none for `sphere` and `logistic_regression`.
DESCENT_API std::span<const Exception> exceptions();

}  // namespace descent::conformance
