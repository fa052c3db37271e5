#include "descent/run/environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace descent::run {

// By what oneDNN and the C library (exp() and its like) choose code for the processor, and how precisely it computes.
static constexpr std::array<std::string_view, 3> of_numbers = {"DNNL_", "ONEDNN_", "GLIBC_TUNABLES"};
// OpenMP, and libraries for matrices that plugins may link. OpenMP's change no bit of ours (tests/program shows it), for the
// experiment says how many threads there are.
static constexpr std::array<std::string_view, 6> of_others = {"OMP_", "GOMP_",     "KMP_",
                                                              "MKL_", "OPENBLAS_", "BLIS_"};
static constexpr std::array<std::string_view, 3> harmless_endings = {"_VERBOSE", "_VERBOSE_TIMESTAMP",
                                                                     "_JIT_DUMP"};

template <std::size_t n>
static bool begins_with_one(std::string_view name, const std::array<std::string_view, n>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

static bool changes_bits(std::string_view name) {
  return begins_with_one(name, of_numbers) &&
         std::none_of(harmless_endings.begin(), harmless_endings.end(),
                      [&](std::string_view ending) { return name.ends_with(ending); });
}

std::vector<EnvironmentVariable> computing_environment() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (name.size() == text.size() ||
        !(begins_with_one(name, of_numbers) || begins_with_one(name, of_others)))
      continue;
    constexpr std::size_t most = 200;  // characters: the log's attributes are small
    variables.push_back(
        {std::string(name), std::string(text.substr(name.size() + 1, most)), changes_bits(name)});
  }
  std::sort(variables.begin(), variables.end(),
            [](const EnvironmentVariable& a, const EnvironmentVariable& b) { return a.name < b.name; });
  return variables;
}

std::vector<std::string> bits_from_environment(const Value& provenance) {
  std::vector<std::string> deciding;
  const Value* environment = provenance.find("environment");
  if (environment == nullptr || !environment->is(Value::Kind::list)) return deciding;
  for (const Value& variable : environment->items())
    if (variable.is(Value::Kind::text) && changes_bits(variable.text().substr(0, variable.text().find('='))))
      deciding.push_back(variable.text());
  return deciding;
}

std::vector<std::string> environment_warnings() {
  std::vector<std::string> warnings;
  for (const EnvironmentVariable& variable : computing_environment())
    if (variable.changes_bits)
      warnings.push_back(
          fmt::format("the environment sets {}={}: numbers may differ from those of a run without it",
                      variable.name, variable.value));
  return warnings;
}

}  // namespace descent::run
