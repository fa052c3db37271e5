#include "descent/train/chain_runner.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/base/random.hpp"

namespace descent {

namespace {
// What a thread takes at a time, and what norms are summed over: fixed, so that sums do not depend on threads
// or blocks.
constexpr long chunk_scalars = 8192;
constexpr std::size_t max_slots = 8;
}  // namespace

struct ChainRunner::Chunk {
  std::size_t parameter;
  long begin;
  long end;  // of the numbers; the block that ends here reaches up to the padding
  double square_sum = 0;
  bool failed = false;
};

// How far one unit has come in the update that is being made.
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

ChainRunner::ChainRunner(Arena& arena, std::vector<ChainUnit>& units, Workers& workers, std::uint64_t seed)
    : arena_(arena), units_(units), workers_(workers), seed_(seed) {
  for (ChainUnit& unit : units_) {
    Cursor cursor;
    cursor.unit = &unit;
    cursor.states.resize(unit.rules.size());
    for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
      const long size = unit.parameters[p]->shape.size();
      for (long begin = 0; begin < size; begin += chunk_scalars)
        cursor.chunks.push_back({p, begin, std::min(begin + chunk_scalars, size)});
      cursor.updates.push_back(arena_.gradients().part(unit.arena_offsets[p], unit.parameters[p]->shape));
    }
    cursor.tensor_norms.resize(unit.parameters.size());
    for (RuleState& state : unit.rules) {
      cursor.whole = cursor.whole || state.rule->granularity == Granularity::tensor;
      for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
        const std::string name = state.rule->name + "/" + unit.parameters[p]->name;
        cursor.noise_keys.push_back(stream_key(seed_, "optimizer/" + name));
      }
    }
    cursors_.push_back(std::move(cursor));
  }
}

ChainRunner::~ChainRunner() = default;

// Calls use(step, block) for one rule on one piece of a parameter. `end` may reach into the padding.
template <class Use>
void ChainRunner::with_block(Cursor& cursor, std::size_t rule, std::size_t parameter, long begin, long end,
                             Use&& use) {
  ChainUnit& unit = *cursor.unit;
  RuleState& state = unit.rules[rule];
  const std::int64_t arena_offset = unit.arena_offsets[parameter];
  std::vector<Tensor>& slots = state.slots[parameter];
  std::array<Scalar*, max_slots> pointers;
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

void ChainRunner::start(std::int64_t step, std::int64_t evaluation, std::span<const std::string> groups) {
  step_ = step;
  evaluation_ = evaluation;
  for (Cursor& cursor : cursors_) {
    cursor.active =
        groups.empty() || std::find(groups.begin(), groups.end(), cursor.unit->group) != groups.end();
    cursor.position = 0;
    cursor.held = cursor.norm_ready = false;
    for (Chunk& chunk : cursor.chunks) chunk.failed = false;
    for (std::size_t r = 0; r < cursor.states.size(); ++r)
      cursor.states[r] = {step, cursor.unit->updates + 1, 0, cursor.unit->rules[r].scalars};
  }
}

// Calls begin() of the rules up to the next one that must wait for its norm.
bool ChainRunner::begin_segment(Cursor& cursor) {
  if (cursor.finished() || cursor.waits()) return false;
  std::size_t r = cursor.position;
  do {
    const RuleInstance& rule = cursor.rule(r);
    if (rule.overrides.begin) {
      const Verdict verdict = guarded(*rule.plugin, rule.place, [&] {
        return rule.optimizer->begin(Step(cursor.states[r]), cursor.unit->rules[r].scalars);
      });
      cursor.held = verdict == Verdict::hold;
    }
    ++r;
  } while (!cursor.held && r < cursor.unit->rules.size() && cursor.rule(r).needs.norm == Over::nothing);
  cursor.segment_end = r;
  return true;
}

void ChainRunner::run_segment(Cursor& cursor, Purpose purpose) {
  const std::size_t first = cursor.position, last = cursor.segment_end;
  const bool finish = !cursor.held && last == cursor.unit->rules.size();
  if (cursor.whole) {
    for (std::size_t p = 0; p < cursor.unit->parameters.size(); ++p) run_whole(cursor, p, first, last);
    for (Chunk& chunk : cursor.chunks)
      if (finish) run_chunk(cursor, chunk, last, last, true, Purpose::extrapolate);
    for (std::size_t p = 0; finish && purpose == Purpose::update && p < cursor.unit->parameters.size(); ++p)
      settle_whole(cursor, p);
  } else {
    workers_.share(static_cast<long>(cursor.chunks.size()), [&](long begin, long end) {
      for (long c = begin; c < end; ++c)
        run_chunk(cursor, cursor.chunks[static_cast<std::size_t>(c)], first, last, finish, purpose);
    });
  }
  cursor.position = last;
  cursor.norm_ready = false;
  if (finish) ++cursor.unit->updates;
}

// Asks for the next block while this one is computed: rules like Adam divide for as long as memory takes to
// answer.
void ChainRunner::prefetch(const Cursor& cursor, std::size_t parameter, long begin, long end,
                           std::size_t first, std::size_t last) const {
  const auto fetch = [&](const Scalar* array) {
    for (long i = begin; i < end; i += padding_scalars) __builtin_prefetch(array + i, 1);
  };
  const std::int64_t offset = cursor.unit->arena_offsets[parameter];
  fetch(arena_.values().data() + offset);
  fetch(arena_.gradients().data() + offset);
  for (std::size_t r = first; r < last; ++r)
    for (const Tensor& slot : cursor.unit->rules[r].slots[parameter]) fetch(slot.data());
}

void ChainRunner::run_chunk(Cursor& cursor, const Chunk& chunk, std::size_t first, std::size_t last,
                            bool finish, Purpose purpose) {
  const std::int64_t offset = cursor.unit->arena_offsets[chunk.parameter];
  for (long begin = chunk.begin; begin < chunk.end; begin += block_size_) {
    const long exact_end = std::min(begin + block_size_, chunk.end), end = begin + padded(exact_end - begin);
    prefetch(cursor, chunk.parameter, end, std::min(end + block_size_, chunk.end), first, last);
    for (std::size_t r = first; r < last; ++r) {
      with_block(cursor, r, chunk.parameter, begin, end, [&](const Step& step, const Block::Memory& memory) {
        const RuleInstance& rule = cursor.rule(r);
        guarded(*rule.plugin, rule.place, [&] { rule.optimizer->apply(step, Block(memory)); });
      });
    }
    if (!finish) continue;
    Scalar* const value_data = arena_.values().data() + offset + begin;
    Scalar* const update_data = arena_.gradients().data() + offset + begin;
    ArrayView value(value_data, end - begin), update(update_data, end - begin);
    value -= update;
    if (purpose == Purpose::update) {
      for (std::size_t r = 0; r < last; ++r) {
        const RuleInstance& rule = cursor.rule(r);
        if (!rule.overrides.settle) continue;
        with_block(
            cursor, r, chunk.parameter, begin, end, [&](const Step& step, const Block::Memory& memory) {
              guarded(*rule.plugin, rule.place, [&] { rule.optimizer->settle(step, SettledBlock(memory)); });
            });
      }
    }
    // Nothing that a rule makes of the padding's zeros stays there.
    std::fill(value_data + (exact_end - begin), value_data + (end - begin), Scalar(0));
    std::fill(update_data + (exact_end - begin), update_data + (end - begin), Scalar(0));
    // x * 0 is 0 for every finite x, and NaN for the others.
    if (!((value * Scalar(0)).sum() == Scalar(0))) const_cast<Chunk&>(chunk).failed = true;
  }
}

// Whole tensors go to the rules that want them; the others work through the same tensor block by block.
void ChainRunner::run_whole(Cursor& cursor, std::size_t parameter, std::size_t first, std::size_t last) {
  const long size = cursor.unit->parameters[parameter]->shape.size();
  for (std::size_t r = first; r < last; ++r) {
    const RuleInstance& rule = cursor.rule(r);
    const long step_size = rule.granularity == Granularity::tensor ? size : block_size_;
    for (long begin = 0; begin < size; begin += step_size) {
      long end = std::min(begin + step_size, size);
      if (rule.granularity == Granularity::element) end = begin + padded(end - begin);
      with_block(cursor, r, parameter, begin, end, [&](const Step& step, const Block::Memory& memory) {
        guarded(*rule.plugin, rule.place, [&] { rule.optimizer->apply(step, Block(memory)); });
      });
    }
  }
}

void ChainRunner::settle_whole(Cursor& cursor, std::size_t parameter) {
  const long size = cursor.unit->parameters[parameter]->shape.size();
  for (std::size_t r = 0; r < cursor.unit->rules.size(); ++r) {
    const RuleInstance& rule = cursor.rule(r);
    if (!rule.overrides.settle) continue;
    const long step_size = rule.granularity == Granularity::tensor ? size : block_size_;
    for (long begin = 0; begin < size; begin += step_size) {
      const long end = std::min(begin + step_size, size);
      with_block(cursor, r, parameter, begin, end, [&](const Step& step, const Block::Memory& memory) {
        guarded(*rule.plugin, rule.place, [&] { rule.optimizer->settle(step, SettledBlock(memory)); });
      });
    }
  }
}

// The norms for the first rule in the order of the units that every unit with it waits at.
void ChainRunner::compute_norms() {
  const RuleInstance* rule = nullptr;
  for (const Cursor& candidate : cursors_) {
    if (!candidate.waits()) continue;
    const RuleInstance* wanted = &candidate.rule(candidate.position);
    const bool all_here = std::all_of(cursors_.begin(), cursors_.end(), [&](const Cursor& other) {
      if (other.finished() || &other.rule(other.position) == wanted) return true;
      for (std::size_t r = other.position; r < other.unit->rules.size(); ++r)
        if (&other.rule(r) == wanted) return false;
      return true;
    });
    if (all_here) {
      rule = wanted;
      break;
    }
  }
  DESCENT_ASSERT(rule != nullptr, "two chains wait for norms of each other");
  const auto at_rule = [&](const Cursor& c) { return c.waits() && &c.rule(c.position) == rule; };
  double player_sum = 0;
  for (Cursor& cursor : cursors_) {
    if (!at_rule(cursor)) continue;
    workers_.share(static_cast<long>(cursor.chunks.size()), [&](long begin, long end) {
      for (long c = begin; c < end; ++c) {
        Chunk& chunk = cursor.chunks[static_cast<std::size_t>(c)];
        const Scalar* data = cursor.updates[chunk.parameter].data();
        const ConstArrayView numbers(data + chunk.begin, chunk.end - chunk.begin);
        chunk.square_sum = numbers.cast<double>().square().sum();
      }
    });
    std::fill(cursor.tensor_norms.begin(), cursor.tensor_norms.end(), 0.0);
    for (const Chunk& chunk : cursor.chunks) {
      cursor.tensor_norms[chunk.parameter] += chunk.square_sum;
      player_sum += chunk.square_sum;
    }
  }
  for (Cursor& cursor : cursors_) {
    if (!at_rule(cursor)) continue;
    double group_sum = 0;
    for (const Cursor& other : cursors_) {
      if (other.unit->group != cursor.unit->group || !(at_rule(other) || &other == &cursor)) continue;
      for (const Chunk& chunk : other.chunks) group_sum += chunk.square_sum;
    }
    const Over over = rule->needs.norm;
    cursor.states[cursor.position].norm = std::sqrt(over == Over::player ? player_sum : group_sum);
  }
  for (Cursor& cursor : cursors_) {
    if (!at_rule(cursor)) continue;
    for (double& norm : cursor.tensor_norms) norm = std::sqrt(norm);
    cursor.norm_ready = true;
  }
}

void ChainRunner::run(Purpose purpose) {
  while (true) {
    for (Cursor& cursor : cursors_)
      if (begin_segment(cursor)) run_segment(cursor, purpose);
    if (std::none_of(cursors_.begin(), cursors_.end(), [](const Cursor& c) { return c.waits(); })) return;
    compute_norms();
  }
}

const Parameter* ChainRunner::update(std::int64_t step, std::int64_t evaluation,
                                     std::span<const std::string> groups) {
  start(step, evaluation, groups);
  run(Purpose::update);
  for (const Cursor& cursor : cursors_)
    for (const Chunk& chunk : cursor.chunks)
      if (cursor.active && chunk.failed) return cursor.unit->parameters[chunk.parameter];
  return nullptr;
}

namespace {
bool is_probe(const RuleInstance& rule) {
  return rule.overrides.probe || rule.needs.probe_with_chain;
}
}  // namespace

bool ChainRunner::probes() const {
  return std::any_of(units_.begin(), units_.end(), [](const ChainUnit& unit) {
    return std::any_of(unit.rules.begin(), unit.rules.end(),
                       [](const RuleState& s) { return is_probe(*s.rule); });
  });
}

void ChainRunner::displace(Cursor& cursor, std::size_t r) {
  const RuleInstance& rule = cursor.rule(r);
  const auto use = [&](const Step& step, const Block::Memory& memory) {
    guarded(*rule.plugin, rule.place, [&] { rule.optimizer->probe(step, Block(memory)); });
    ArrayView(memory.value, memory.size) -= ConstArrayView(memory.update, memory.size);
  };
  for (std::size_t p = 0; p < cursor.unit->parameters.size(); ++p) {
    const long size = cursor.unit->parameters[p]->shape.size();
    const long step_size = rule.granularity == Granularity::tensor ? size : block_size_;
    for (long begin = 0; begin < size; begin += step_size)
      with_block(cursor, r, p, begin, std::min(begin + step_size, size), use);
  }
}

void ChainRunner::probe(std::int64_t step, std::int64_t evaluation, std::span<const std::string> groups) {
  start(step, evaluation, groups);
  for (Cursor& cursor : cursors_) {
    if (!cursor.active) continue;
    const auto& rules = cursor.unit->rules;
    const auto found =
        std::find_if(rules.begin(), rules.end(), [](const RuleState& s) { return is_probe(*s.rule); });
    cursor.position = static_cast<std::size_t>(found - rules.begin());
    if (found == rules.end()) {
      cursor.active = false;
    } else if (found->rule->needs.probe_with_chain) {
      ++cursor.position;
    }
  }
  // Rules that probe themselves wait at their place for the norm they may need; the others run the rest of
  // the chain.
  while (std::any_of(cursors_.begin(), cursors_.end(),
                     [](const Cursor& c) { return c.waits() && c.rule(c.position).overrides.probe; }))
    compute_norms();
  for (Cursor& cursor : cursors_) {
    if (cursor.finished() || !cursor.rule(cursor.position).overrides.probe) continue;
    displace(cursor, cursor.position);
    cursor.active = false;
  }
  run(Purpose::extrapolate);
}

bool ChainRunner::has_evaluation_point() const {
  return std::any_of(units_.begin(), units_.end(), [](const ChainUnit& unit) {
    return std::any_of(unit.rules.begin(), unit.rules.end(),
                       [](const RuleState& s) { return s.rule->overrides.evaluation_point; });
  });
}

void ChainRunner::write_evaluation_point(std::int64_t step) {
  start(step, 0, {});
  for (Cursor& cursor : cursors_) {
    for (auto& state : cursor.states) --state.update;
    for (std::size_t r = 0; r < cursor.unit->rules.size(); ++r) {
      const RuleInstance& rule = cursor.rule(r);
      if (!rule.overrides.evaluation_point) continue;
      for (const Chunk& chunk : cursor.chunks) {
        for (long begin = chunk.begin; begin < chunk.end; begin += block_size_) {
          const long end = std::min(begin + block_size_, chunk.end);
          with_block(cursor, r, chunk.parameter, begin, end,
                     [&](const Step& now, const Block::Memory& memory) {
                       BlockArray out(memory.size);
                       guarded(*rule.plugin, rule.place,
                               [&] { rule.optimizer->evaluation_point(now, Block(memory), out); });
                       ArrayView(memory.value, memory.size) = out;
                     });
        }
      }
    }
  }
}

}  // namespace descent
