#pragma once

#include <array>
#include <vector>

#include "descent/chain/chain_runner.hpp"

/// What a ChainRunner knows of each unit while it plays an update. Internal.
namespace descent::chain {

/// What a thread takes at a time, and what norms are summed over: fixed, so that sums do not depend on
/// threads or blocks.
inline constexpr long chunk_scalars = 8192;

struct ChainRunner::Chunk {
  std::size_t parameter;
  long begin;
  long end;  // of the numbers; the block that ends here reaches up to the padding
  double square_sum = 0;
  bool failed = false;
};

/// The rules that run before the chain is cut the next time.
struct ChainRunner::Segment {
  std::size_t first;
  std::size_t last;
  bool finish;  // values -= updates
  bool settle;
  Updates updates;

  /// Whether the updates never leave the cache: nobody is to find them in the arena.
  bool is_local() const { return finish && updates == Updates::dropped; }
};

/// One rule of a chain at one place in a parameter.
struct ChainRunner::RuleAtWork {
  const RuleInstance* rule;
  Step::State state;
  Block::Memory memory;
  std::array<Scalar*, max_slots> slots;
  std::size_t slot_count;

  const RuleAtWork& with(Scalar* update, long size) {
    memory.update = update;
    memory.size = size;
    return *this;
  }
  void advance(long count) {
    memory.value += count;
    memory.offset += count;
    for (std::size_t s = 0; s < slot_count; ++s) slots[s] += count;
  }
};

/// What one thread writes down while it plays a chunk: kept, so that a step takes nothing from the heap.
struct ChainRunner::Scratch {
  std::vector<RuleAtWork> rules;
  /// The updates of the block at work, where they are not to be written to the arena.
  alignas(alignment_bytes) std::array<Scalar, block_scalars> updates;

  void prefetch_slots(const Segment& segment, long size) const;
  long best_block(const Segment& segment) const;
};

/// How far one unit has come in the update that is being made.
struct ChainRunner::Cursor {
  ChainUnit* unit = nullptr;
  std::vector<Chunk> chunks;
  std::vector<Step::State> states;
  std::vector<std::uint64_t> noise_keys;
  std::vector<double> tensor_norms;
  std::vector<Tensor> updates;   // one view for each parameter
  std::vector<Scratch> scratch;  // one for each thread
  bool settles = false;
  std::size_t position = 0;
  std::size_t segment_end = 0;
  bool active = false;
  bool held = false;
  bool norm_ready = false;
  bool whole = false;  // a rule works on whole tensors

  bool finished() const { return !active || held || position == unit->rules.size(); }
  const RuleInstance& rule(std::size_t index) const { return *unit->rules[index].rule; }
  bool waits() const { return !finished() && rule(position).needs.norm != Over::nothing && !norm_ready; }
};

/// Calls use(step, block) for one rule on one piece of a parameter. `end` may reach into the padding.
template <class Use>
void ChainRunner::with_block(Cursor& cursor, std::size_t rule, std::size_t parameter, long begin, long end,
                             Use&& use) {
  RuleAtWork work;
  prepare(work, cursor, rule, parameter, begin);
  work.memory.size = end - begin;
  use(Step(work.state), work.memory);
}

}  // namespace descent::chain
