#include <fmt/format.h>

#include "descent/chain/chain.hpp"

// Where rules may stand that take the gradient at another point.
namespace descent::chain {

const experiment::Rule* ChainTable::find_probe(const experiment::Chain& chain,
                                               Diagnostics& diagnostics) const {
  const experiment::Rule* probe = nullptr;
  for (const experiment::Rule& rule : chain) {
    const RuleInstance* made = instance(rule);
    const bool probes = made != nullptr && (made->overrides.probe || made->needs.probe_with_chain);
    if (find_probe(rule.fallback, diagnostics) == nullptr && !probes) continue;
    if (probe != nullptr)
      diagnostics.add(rule.location(),
                      fmt::format("{} takes the gradient at another point, and so does {} before it; of a "
                                  "chain's rules only one may",
                                  rule.plugin->title(), probe->plugin->title()));
    else
      probe = &rule;
  }
  return probe;
}

std::string holds_ahead(const LoadedPlugin& rule) {
  return fmt::format(
      "{} holds the chain, so that the probe before it looks ahead nowhere; put it before the probe",
      rule.title());
}

// What looks ahead with the rules behind it needs some, and none that would hold its first update. `ahead`:
// such a rule stands before this chain.
void ChainTable::check_ahead(const experiment::Chain& chain, bool ahead, Diagnostics& diagnostics) {
  for (const experiment::Rule& rule : chain) {
    const RuleInstance* made = instance(rule);
    if (made == nullptr) continue;
    if (ahead && made->overrides.begin) {
      std::vector<double> scalars;
      for (const ScalarState& scalar : made->scalars) scalars.push_back(scalar.start);
      const Step::State first{1, 1, 0, scalars, 1};
      const Verdict verdict = guarded_at_work(*rule.plugin, rule.location(),
                                              [&] { return made->optimizer->begin(Step(first), scalars); });
      if (verdict == Verdict::hold) diagnostics.add(rule.location(), holds_ahead(*rule.plugin));
    }
    check_ahead(rule.fallback, ahead, diagnostics);
    if (!made->needs.probe_with_chain) continue;
    ahead = true;
    if (&rule == &chain.back())
      diagnostics.add(rule.location(),
                      fmt::format("{} looks ahead with the rules behind it, and there is none; put it "
                                  "before those that it is to look ahead with",
                                  rule.plugin->title()));
  }
}

}  // namespace descent::chain
