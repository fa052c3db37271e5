#include <algorithm>
#include <array>

#include "descent/sweep/sweep_spec.hpp"

namespace descent::sweep {

const char* text(Protocol protocol) {
  constexpr std::array words = {"none", "deepobs", "time_to_target"};
  return words[static_cast<std::size_t>(protocol)];
}

Phase phase_of(const SweepSpec& spec, std::int64_t seed) {
  const auto has = [seed](const std::vector<std::int64_t>& seeds) {
    return std::find(seeds.begin(), seeds.end(), seed) != seeds.end();
  };
  if (spec.protocol != Protocol::deepobs || (has(spec.seeds) && has(spec.final_seeds))) return Phase::both;
  return has(spec.seeds) ? Phase::tuning : Phase::final;
}

const char* text(Phase phase) {
  constexpr std::array words = {"tuning", "final", "both"};
  return words[static_cast<std::size_t>(phase)];
}

}  // namespace descent::sweep
