#pragma once

#include <array>
#include <vector>

#include "descent/train/chain_runner.hpp"

/// What a ChainRunner knows of each unit while it plays an update. Internal.
namespace descent {

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

/// How far one unit has come in the update that is being made.
struct ChainRunner::Cursor {
  ChainUnit* unit = nullptr;
  std::vector<Chunk> chunks;
  std::vector<Step::State> states;
  std::vector<std::uint64_t> noise_keys;
  std::vector<double> tensor_norms;
  std::vector<Tensor> updates;  // one view for each parameter
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
  ChainUnit& unit = *cursor.unit;
  RuleState& state = unit.rules[rule];
  const std::int64_t arena_offset = unit.arena_offsets[parameter];
  std::vector<Tensor>& slots = state.slots[parameter];
  std::array<Scalar*, most_slots> pointers;
  for (std::size_t s = 0; s < slots.size(); ++s) pointers[s] = slots[s].data() + begin;

  Block::Memory memory;
  memory.value = arena_.values().data() + arena_offset + begin;
  memory.update = arena_.gradients().data() + arena_offset + begin;
  memory.slots = pointers.data();
  memory.size = end - begin;
  memory.offset = begin;
  memory.parameter = unit.parameters[parameter];
  memory.slot_tensors = slots;
  memory.update_tensor = &cursor.updates[parameter];
  if (!state.workspaces.empty()) memory.workspaces = state.workspaces[parameter];
  memory.noise_key = cursor.noise_keys[rule * unit.parameters.size() + parameter];
  memory.step = static_cast<std::uint32_t>(step_);
  memory.evaluation = static_cast<std::uint32_t>(evaluation_);

  Step::State local = cursor.states[rule];
  if (cursor.rule(rule).needs.norm == Over::tensor) local.norm = cursor.tensor_norms[parameter];
  use(Step(local), memory);
}

}  // namespace descent
