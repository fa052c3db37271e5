#include <algorithm>

#include "descent/base/parallel.hpp"
#include "descent/chain/detail/chain_cursor.hpp"

// The blocks of a chain whose rules are all on elements: where an update spends its time.
namespace descent::chain {

namespace {

using Packet = Eigen::internal::packet_traits<Scalar>::type;
constexpr long width = Eigen::internal::packet_traits<Scalar>::size;
static_assert(padding_scalars % width == 0);

/// How many numbers ahead of its work a loop asks for memory: rules like Adam divide for as long as memory
/// takes to answer, and a fast memory is done with 128 numbers before it has answered. An AMD EPYC with
/// AVX-512 takes twice as long with 128, an older one without takes a tenth longer with 512. Behind a chunk's
/// last block the next chunk mostly begins, and asking for memory never fails.
#ifdef __AVX512F__
constexpr long ahead = 512;
#else
constexpr long ahead = 128;
#endif

/// Asks for an array's next block at once, for rules to work on.
void prefetch_block(const Scalar* array, long size) {
  for (long i = ahead; i < ahead + size; i += padding_scalars) __builtin_prefetch(array + i, 1);
}

/// Copies `count` numbers, a multiple of padding_scalars, and asks for the next ones evenly in between.
void copy_ahead(const Scalar* from, Scalar* to, long count) {
  using namespace Eigen::internal;
  for (long i = 0; i < count; i += padding_scalars) {
    __builtin_prefetch(from + i + ahead, 0);
#pragma GCC unroll 8
    for (long k = i; k < i + padding_scalars; k += width) pstore(to + k, pload<Packet>(from + k));
  }
}

/// x * 0 is 0 for every finite x, and NaN for the others.
bool all_finite(const Scalar* values, long count) {
  return (ConstArrayView(values, count) * Scalar(0)).sum() == Scalar(0);
}

/// value -= update; whether all that comes out is finite: x − x is 0 for those numbers, and NaN for the
/// others. Their bits are gathered, for in a sum each addition would wait for the one before. `count` is a
/// multiple of padding_scalars. With packets by hand: Eigen's expressions would take two passes, and the
/// compiler's vectors are shorter.
bool subtract(Scalar* value, const Scalar* update, long count) {
  using namespace Eigen::internal;
  Packet gathered = pset1<Packet>(Scalar(0));
  for (long i = 0; i < count; i += padding_scalars) {
    __builtin_prefetch(value + i + ahead, 1);
#pragma GCC unroll 8
    for (long k = i; k < i + padding_scalars; k += width) {
      const Packet result = psub(pload<Packet>(value + k), pload<Packet>(update + k));
      pstore(value + k, result);
      gathered = por(gathered, psub(result, result));
    }
  }
  return predux(gathered) == Scalar(0);
}

}  // namespace

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
  const long parts = std::min<long>(static_cast<long>(cursor.scratch.size()), chunks);
  constexpr long work_per_number = 4;
  share_out(parts, work_per_number * chunks * chunk_scalars / std::max(parts, 1L), 1,
            [&](std::int64_t first, std::int64_t last) {
              for (std::int64_t part = first; part < last; ++part)
                for (long c = chunks * part / parts; c < chunks * (part + 1) / parts; ++c)
                  run_chunk(cursor, cursor.scratch[static_cast<std::size_t>(part)],
                            cursor.chunks[static_cast<std::size_t>(c)], segment);
            });
}

void ChainRunner::Scratch::prefetch_slots(const Segment& segment, long size) const {
  for (std::size_t r = segment.first; r < segment.last; ++r)
    for (std::size_t s = 0; s < rules[r].slot_count; ++s) prefetch_block(rules[r].slots[s], size);
}

/// Long blocks spend less on calls; but while a rule computes nothing is asked of memory, and each slot's
/// next block is asked for at once, in no larger burst than a core takes without waiting.
long ChainRunner::Scratch::best_block(const Segment& segment) const {
  std::size_t slots = 0;
  for (std::size_t r = segment.first; r < segment.last; ++r) slots += rules[r].slot_count;
  return slots < 2 ? block_scalars / 2 : block_scalars / 4;
}

void ChainRunner::run_chunk(Cursor& cursor, Scratch& scratch, Chunk& chunk, const Segment& segment) {
  const bool settles = segment.settle && cursor.settles;
  for (std::size_t r = settles ? 0 : segment.first; r < segment.last; ++r)
    prepare(scratch.rules[r], cursor, r, chunk.parameter, chunk.begin);
  const std::int64_t offset = cursor.unit->arena_offsets[chunk.parameter] + chunk.begin;
  Scalar* value = arena_.values().data() + offset;
  Scalar* gradient = arena_.gradients().data() + offset;
  const long most = chooses_block_ ? scratch.best_block(segment) : block_size_;
  for (long begin = chunk.begin; begin < chunk.end; begin += most) {
    const long exact = std::min(most, chunk.end - begin), size = padded(exact);
    scratch.prefetch_slots(segment, size);
    Scalar* update = gradient;
    if (segment.is_local()) {
      update = scratch.updates.data();
      copy_ahead(gradient, update, size);
    } else {
      prefetch_block(gradient, size);
    }
    for (std::size_t r = segment.first; r < segment.last; ++r) {
      const RuleAtWork& work = scratch.rules[r].with(update, size);
      guarded_at_work(*work.rule->plugin, work.rule->location,
                      [&] { work.rule->optimizer->apply(Step(work.state), Block(work.memory)); });
    }
    if (segment.finish) {
      // Nothing that a rule makes of the padding's zeros goes into the values, or stays.
      std::fill(update + exact, update + size, Scalar(0));
      bool finite = subtract(value, update, size);
      if (settles) finite = settle(scratch, segment, value, update, exact, size);
      chunk.failed = chunk.failed || !finite;
    }
    for (std::size_t r = settles ? 0 : segment.first; r < segment.last; ++r) scratch.rules[r].advance(size);
    value += size;
    gradient += size;
  }
}

bool ChainRunner::settle(Scratch& scratch, const Segment& segment, Scalar* value, Scalar* update, long exact,
                         long size) {
  for (std::size_t r = 0; r < segment.last; ++r) {
    const RuleAtWork& work = scratch.rules[r].with(update, size);
    if (!work.rule->overrides.settle) continue;
    guarded_at_work(*work.rule->plugin, work.rule->location,
                    [&] { work.rule->optimizer->settle(Step(work.state), SettledBlock(work.memory)); });
  }
  std::fill(value + exact, value + size, Scalar(0));
  return all_finite(value, size);
}

bool ChainRunner::has_finite_values(const Cursor& cursor, const Chunk& chunk) const {
  const std::int64_t offset = cursor.unit->arena_offsets[chunk.parameter] + chunk.begin;
  return all_finite(arena_.values().data() + offset, chunk.end - chunk.begin);
}

}  // namespace descent::chain
