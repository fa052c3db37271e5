#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "descent/base/parallel.hpp"
#include "descent/chain/detail/chain_cursor.hpp"

namespace descent::chain {

// Of the rules that units wait at, the first that every unit with it has reached.
const RuleInstance& ChainRunner::rule_to_measure() const {
  const auto is_reached = [&](const RuleInstance* wanted) {
    return std::all_of(cursors_.begin(), cursors_.end(), [&](const Cursor& other) {
      if (other.finished() || &other.rule(other.position) == wanted) return true;
      for (std::size_t r = other.position; r < other.unit->rules.size(); ++r)
        if (&other.rule(r) == wanted) return false;
      return true;
    });
  };
  for (const Cursor& candidate : cursors_)
    if (candidate.waits() && is_reached(&candidate.rule(candidate.position)))
      return candidate.rule(candidate.position);
  DESCENT_ASSERT(false, "two chains wait for norms of each other");
  std::abort();
}

// The squares of a unit's updates: of each chunk, and, in tensor_norms, of each parameter; the sum of all is
// returned.
double ChainRunner::sum_squares(Cursor& cursor) {
  share_out(static_cast<std::int64_t>(cursor.chunks.size()), chunk_scalars, 1,
            [&](std::int64_t begin, std::int64_t end) {
              for (std::int64_t c = begin; c < end; ++c) {
                Chunk& chunk = cursor.chunks[static_cast<std::size_t>(c)];
                const Scalar* data = cursor.updates[chunk.parameter].data();
                chunk.square_sum =
                    sum_of_squares(ConstArrayView(data + chunk.begin, chunk.end - chunk.begin));
              }
            });
  std::fill(cursor.tensor_norms.begin(), cursor.tensor_norms.end(), 0.0);
  double sum = 0;
  for (const Chunk& chunk : cursor.chunks) {
    cursor.tensor_norms[chunk.parameter] += chunk.square_sum;
    sum += chunk.square_sum;
  }
  return sum;
}

void ChainRunner::compute_norms() {
  const RuleInstance& rule = rule_to_measure();
  const auto at_rule = [&](const Cursor& c) { return c.waits() && &c.rule(c.position) == &rule; };
  double player_sum = 0;
  for (Cursor& cursor : cursors_)
    if (at_rule(cursor)) player_sum += sum_squares(cursor);
  for (Cursor& cursor : cursors_) {
    if (!at_rule(cursor)) continue;
    double group_sum = 0;
    for (const Cursor& other : cursors_) {
      if (other.unit->group != cursor.unit->group || !at_rule(other)) continue;
      for (const Chunk& chunk : other.chunks) group_sum += chunk.square_sum;
    }
    cursor.states[cursor.position].norm = std::sqrt(rule.needs.norm == Over::player ? player_sum : group_sum);
    for (double& norm : cursor.tensor_norms) norm = std::sqrt(norm);
  }
  // Only now: at_rule() asks for units that still wait.
  for (Cursor& cursor : cursors_) cursor.norm_ready = cursor.norm_ready || at_rule(cursor);
}

}  // namespace descent::chain
