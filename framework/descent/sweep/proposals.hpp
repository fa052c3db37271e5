#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "descent/analysis/ranking.hpp"
#include "descent/sweep/search_space.hpp"

/// What the methods tpe and cmaes propose: rounds of settings, each a function of the sweep's section and of what the
/// rounds before it have found. Internal.
namespace descent::sweep {

/// What the seeds of a setting have found of the objective; greater is better. A seed that diverged, failed or has no value
/// went wrong. Settings rank by analysis::ranks_before(), as everywhere: what went wrong comes last, and counts as the worst.
using SearchScore = analysis::Standing;

struct SearchRound {
  std::vector<SearchPoint> points = {};
  std::vector<std::vector<Setting>> settings = {};  ///< of each point
  std::vector<SearchScore> scores = {};             ///< of each point; empty: they are not known yet
};

/// The points of the next round. All rounds so far have their scores.
std::vector<SearchPoint> propose(const SweepSpec& spec, const SearchSpace& space,
                                 const std::vector<SearchRound>& rounds);

/// The settings of the first round, `spec.runs` of them at most: they follow from the section alone.
std::vector<std::vector<Setting>> first_round(const SweepSpec& spec);

/// Different settings of some rounds, in the order in which they were first proposed; `spec.runs` of them at most.
std::vector<std::vector<Setting>> settings_of(const SweepSpec& spec, const std::vector<SearchRound>& rounds);

/// 16 hexadecimal digits of the SHA-256 of all that the proposals follow from but the runs: method, axes, seeds, batch,
/// objective, and the experiment that the axes vary. Not of `sweep.runs`: a longer search begins like a shorter one.
std::string search_identity(const SweepSpec& spec, const std::string& base_hash);

}  // namespace descent::sweep
