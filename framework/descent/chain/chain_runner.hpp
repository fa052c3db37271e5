#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descent/chain/chain.hpp"

namespace descent::chain {

/// What becomes of the updates once they are subtracted.
enum class Updates {
  dropped,  ///< the arena's gradients are then what no rule can tell: partly rewritten
  kept,  ///< they stand where the gradients were, at the price of one more array to write: zeros of what was
         ///< held
};

/// Plays the chains of one player's units: on blocks that stay in the cache, rule by rule, before the next
/// block, so that composing costs no pass over memory. Before a rule that needs a norm it is cut, and all
/// units go on in lockstep. The same bits come out for any number of threads and any block size.
class DESCENT_API ChainRunner {
 public:
  /// `units` of one player with its arena; they outlive the runner.
  ChainRunner(Arena& arena, std::vector<ChainUnit>& units, std::uint64_t seed);
  ~ChainRunner();

  /// Makes updates of the gradients in the arena, and values -= updates, for the units of these groups
  /// (empty: all). Returns the name of a parameter that is no longer finite, if there is one. `evaluation`
  /// tells the updates of one step apart.
  const Parameter* update(std::int64_t step, std::int64_t evaluation, std::span<const std::string> groups,
                          Updates updates = Updates::dropped);

  /// Whether a rule probes, of all chains or of this parameter's.
  bool probes() const;
  bool probes(const Parameter& parameter) const;
  /// Moves the values by what the probing rules make of the gradients. Values must have been saved before.
  void probe(std::int64_t step, std::int64_t evaluation, std::span<const std::string> groups);

  /// Whether a rule says where metrics look.
  bool has_evaluation_point() const;
  /// Writes the evaluation point over the values of the parameters whose chains have one.
  void write_evaluation_point(std::int64_t step);

  /// Numbers in a block, a multiple of 16 up to 512. For tests: the result does not depend on it.
  void set_block_size(long size) {
    block_size_ = size;
    chooses_block_ = false;
  }

 private:
  struct Cursor;
  struct Chunk;
  struct RuleAtWork;
  struct Scratch;
  struct Segment;
  enum class Purpose { update, extrapolate };
  void start(std::int64_t step, std::int64_t evaluation, std::span<const std::string> groups);
  void run(Purpose purpose, Updates updates);
  bool begin_segment(Cursor& cursor, Purpose purpose);
  void run_segment(Cursor& cursor, Purpose purpose, Updates updates);
  void prepare(RuleAtWork& work, Cursor& cursor, std::size_t rule, std::size_t parameter, long begin);
  void run_chunks(Cursor& cursor, const Segment& segment);
  void run_chunk(Cursor& cursor, Scratch& scratch, Chunk& chunk, const Segment& segment);
  static bool settle(Scratch& scratch, const Segment& segment, Scalar* value, Scalar* update, long exact,
                     long size);
  void run_whole(Cursor& cursor, std::size_t parameter, std::size_t first, std::size_t last);
  void settle_whole(Cursor& cursor, std::size_t parameter);
  bool has_finite_values(const Cursor& cursor, const Chunk& chunk) const;
  const RuleInstance& rule_to_measure() const;
  double sum_squares(Cursor& cursor);
  void compute_norms();
  void displace(Cursor& cursor, std::size_t rule);
  template <class Use>
  void with_block(Cursor& cursor, std::size_t rule, std::size_t parameter, long begin, long end, Use&& use);

  Arena& arena_;
  std::vector<ChainUnit>& units_;
  std::uint64_t seed_;
  long block_size_ = 128;
  bool chooses_block_ = true;  // by how many arrays the rules have, where whole chains are run
  std::int64_t step_ = 0;
  std::int64_t evaluation_ = 0;
  std::vector<Cursor> cursors_;
};

}  // namespace descent::chain
