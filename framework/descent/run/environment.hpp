#pragma once

#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::run {

/// One variable of this process's environment.
struct EnvironmentVariable {
  std::string name, value;
  /// With another value, the libraries that compute here may give other bits.
  bool changes_bits = false;
};

/// The variables that are set and that oneDNN, OpenMP, the C library or other libraries for matrices look at, by name.
DESCENT_API std::vector<EnvironmentVariable> computing_environment();

/// Those of a provenance's `environment`, `NAME=value` each, that change bits.
std::vector<std::string> bits_from_environment(const Value& provenance);

/// What is to be said of them, one sentence each: `the environment sets DNNL_MAX_CPU_ISA=SSE41, …`.
DESCENT_API std::vector<std::string> environment_warnings();

}  // namespace descent::run
