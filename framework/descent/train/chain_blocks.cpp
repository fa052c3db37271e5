#include <algorithm>

#include "descent/train/chain_cursor.hpp"

// The blocks of a chain whose rules are all on elements: where an update spends its time.
namespace descent {

namespace {

/// value -= update; whether all that comes out is finite. `count` is a multiple of padding_scalars. With
/// packets by hand: Eigen's expressions would take two passes, and the compiler's vectors are shorter.
bool subtract(Scalar* value, const Scalar* update, long count) {
  using namespace Eigen::internal;
  using Packet = packet_traits<Scalar>::type;
  constexpr long width = packet_traits<Scalar>::size;
  static_assert(padding_scalars % width == 0);
  const Packet zero = pset1<Packet>(Scalar(0));
  Packet check = zero;
  for (long i = 0; i < count; i += width) {
    const Packet result = psub(pload<Packet>(value + i), pload<Packet>(update + i));
    pstore(value + i, result);
    check = padd(check, pmul(result, zero));  // x * 0 is 0 for every finite x, and NaN for the others
  }
  return predux(check) == Scalar(0);
}

}  // namespace

long ChainRunner::block_size(const Cursor& cursor) const {
  return block_size_ == 0 ? cursor.block_size : block_size_;
}

void ChainRunner::prepare(RuleAtWork& work, Cursor& cursor, std::size_t rule, std::size_t parameter,
                          long begin) {
  ChainUnit& unit = *cursor.unit;
  RuleState& state = unit.rules[rule];
  const std::int64_t offset = unit.arena_offsets[parameter] + begin;
  std::vector<Tensor>& slots = state.slots[parameter];
  work.rule = &cursor.rule(rule);
  work.slot_count = slots.size();
  for (std::size_t s = 0; s < slots.size(); ++s) work.slots[s] = slots[s].data() + begin;

  Block::Memory& memory = work.memory = {};
  memory.value = arena_.values().data() + offset;
  memory.update = arena_.gradients().data() + offset;
  memory.slots = work.slots.data();
  memory.offset = begin;
  memory.parameter = unit.parameters[parameter];
  memory.slot_tensors = slots;
  memory.update_tensor = &cursor.updates[parameter];
  if (!state.workspaces.empty()) memory.workspaces = state.workspaces[parameter];
  memory.noise_key = cursor.noise_keys[rule * unit.parameters.size() + parameter];
  memory.step = static_cast<std::uint32_t>(step_);
  memory.evaluation = static_cast<std::uint32_t>(evaluation_);

  work.state = cursor.states[rule];
  if (work.rule->needs.norm == Over::tensor) work.state.norm = cursor.tensor_norms[parameter];
}

void ChainRunner::run_chunks(Cursor& cursor, const Segment& segment) {
  const long chunks = static_cast<long>(cursor.chunks.size());
  const long parts = std::min<long>(workers_.threads(), chunks);
  workers_.share(parts, [&](long first, long last) {
    for (long part = first; part < last; ++part)
      for (long c = chunks * part / parts; c < chunks * (part + 1) / parts; ++c)
        run_chunk(cursor, cursor.scratch[static_cast<std::size_t>(part)],
                  cursor.chunks[static_cast<std::size_t>(c)], segment);
  });
}

/// Asks for the next block while this one is computed: rules like Adam divide for as long as memory takes to
/// answer. Behind a chunk's last block the next chunk mostly begins, and asking for memory never fails.
void ChainRunner::Scratch::prefetch(const Segment& segment, const Scalar* value, const Scalar* update,
                                    long size) const {
  const auto fetch = [size](const Scalar* array) {
    for (long i = size; i < 2 * size; i += padding_scalars) __builtin_prefetch(array + i, 1);
  };
  fetch(value);
  fetch(update);
  for (std::size_t r = segment.first; r < segment.last; ++r)
    for (std::size_t s = 0; s < rules[r].slot_count; ++s) fetch(rules[r].slots[s]);
}

void ChainRunner::run_chunk(Cursor& cursor, Scratch& scratch, Chunk& chunk, const Segment& segment) {
  const bool settles = segment.settle && cursor.settles;
  for (std::size_t r = settles ? 0 : segment.first; r < segment.last; ++r)
    prepare(scratch.rules[r], cursor, r, chunk.parameter, chunk.begin);
  const std::int64_t offset = cursor.unit->arena_offsets[chunk.parameter] + chunk.begin;
  Scalar* value = arena_.values().data() + offset;
  Scalar* update = arena_.gradients().data() + offset;
  const long most = block_size(cursor);
  for (long begin = chunk.begin; begin < chunk.end; begin += most) {
    const long exact = std::min(most, chunk.end - begin), size = padded(exact);
    scratch.prefetch(segment, value, update, size);
    for (std::size_t r = segment.first; r < segment.last; ++r) {
      const RuleAtWork& work = scratch.rules[r].sized(size);
      guarded(*work.rule->plugin, work.rule->place,
              [&] { work.rule->optimizer->apply(Step(work.state), Block(work.memory)); });
    }
    if (segment.finish) {
      // Nothing that a rule makes of the padding's zeros goes into the values, or stays.
      std::fill(update + exact, update + size, Scalar(0));
      bool finite = subtract(value, update, size);
      if (settles) finite = settle(scratch, segment, value, exact, size);
      chunk.failed = chunk.failed || !finite;
    }
    for (std::size_t r = settles ? 0 : segment.first; r < segment.last; ++r) scratch.rules[r].advance(size);
    value += size;
    update += size;
  }
}

bool ChainRunner::settle(Scratch& scratch, const Segment& segment, Scalar* value, long exact, long size) {
  for (std::size_t r = 0; r < segment.last; ++r) {
    const RuleAtWork& work = scratch.rules[r].sized(size);
    if (!work.rule->overrides.settle) continue;
    guarded(*work.rule->plugin, work.rule->place,
            [&] { work.rule->optimizer->settle(Step(work.state), SettledBlock(work.memory)); });
  }
  std::fill(value + exact, value + size, Scalar(0));
  return (ConstArrayView(value, size) * Scalar(0)).sum() == Scalar(0);
}

}  // namespace descent
