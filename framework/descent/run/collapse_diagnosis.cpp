#include "descent/run/collapse_diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/plugin/collapse.hpp"

namespace descent::run {

namespace {

constexpr std::int64_t first_look = 500;
constexpr double least_spread = 0.02, winning_accuracy = 0.995, least_kl = 0.05;
constexpr int looks_of_trouble = 3, looks_of_winning = 5;

}  // namespace

bool CollapseDiagnosis::Trouble::counts(bool shown, int needed) {
  in_a_row = shown ? in_a_row + 1 : 0;
  const bool now = in_a_row >= needed && !reported;
  reported = reported || now;
  return now;
}

bool CollapseDiagnosis::is_due(std::int64_t step) const {
  return step >= first_look && step % std::max<std::int64_t>(1, total_steps_ / 20) == 0;
}

std::vector<std::string> CollapseDiagnosis::look(train::Training& training) {
  const CollapseSigns signs = training.signs_of_collapse();
  std::vector<std::string> found;
  if (alike_.counts(signs.spread && *signs.spread < least_spread, looks_of_trouble))
    found.push_back(
        fmt::format("samples are alike (their variance is {:.2g} times the data's)", *signs.spread));
  if (won_.counts(signs.discriminator_accuracy && *signs.discriminator_accuracy > winning_accuracy,
                  looks_of_winning))
    found.push_back(fmt::format("the discriminator wins (it is right about {:.1f} % of samples and data)",
                                100 * *signs.discriminator_accuracy));
  const bool none_active = signs.active_units && *signs.active_units == 0;
  if (posterior_.counts(none_active || (signs.kl && *signs.kl < least_kl), looks_of_trouble))
    found.push_back(fmt::format("posterior collapse ({} of {} latent dimensions are active{})",
                                signs.active_units.value_or(0), signs.units.value_or(0),
                                signs.kl ? fmt::format(", KL {:.2g}", *signs.kl) : ""));
  return found;
}

}  // namespace descent::run
