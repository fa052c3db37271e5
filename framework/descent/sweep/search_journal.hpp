#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/sweep/proposals.hpp"
#include "descent/sweep/sweep_folder.hpp"

/// What a search has proposed, in `journal.jsonl`. Internal.
///
/// A line is a round: the points and their settings, and the scores of the round before, from which they follow. It is
/// written before the first run of the round is made, and is what a later call goes on from, or one that shares the work:
/// what a round was proposed by counts, even where a run's log is gone or was played again since.
namespace descent::sweep {

/// The rounds of a search by its search_identity(), all but the last with their scores. A line of another search, one that
/// a kill has cut, and a damaged one are passed over; of rounds those before the first that is missing count.
DESCENT_API std::vector<SearchRound> read_rounds(const FrozenSweep& sweep, const SearchSpace& space,
                                                 const std::string& identity);

/// Appends the last of `rounds`, with the scores of the one before it.
void append_round(const FrozenSweep& sweep, const std::string& identity,
                  const std::vector<SearchRound>& rounds);

}  // namespace descent::sweep
