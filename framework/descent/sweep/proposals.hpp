#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "descent/sweep/search_space.hpp"

/// What the methods tpe and cmaes propose: rounds of settings, each a function of the sweep's section and of what the
/// rounds before it have found. Internal.
namespace descent::sweep {

/// What the seeds of a setting have found.
struct SearchScore {
  std::size_t count = 0;  ///< seeds with a value
  double mean = 0;        ///< of the objective over these; greater is better
  std::size_t wrong = 0;  ///< seeds that diverged, failed or have no value
};

/// A setting with a value before one without, then the one of which fewer runs went wrong, then the greater mean: so do
/// the tables of `descent compare` rank. Runs that went wrong thus count as the worst.
bool ranks_before(const SearchScore& left, const SearchScore& right);

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
