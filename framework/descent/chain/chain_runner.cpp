#include "descent/chain/chain_runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/parallel.hpp"
#include "descent/base/random.hpp"
#include "descent/chain/detail/chain_cursor.hpp"

namespace descent::chain {

ChainRunner::ChainRunner(Arena& arena, std::vector<ChainUnit>& units, std::uint64_t seed)
    : arena_(arena), units_(units), seed_(seed) {
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
    for (const RuleState& state : unit.rules) {
      cursor.settles = cursor.settles || state.rule->overrides.settle;
      cursor.whole = cursor.whole || state.rule->granularity == Granularity::tensor;
      for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
        const std::string name = state.rule->name + "/" + unit.parameters[p]->name;
        cursor.noise_keys.push_back(stream_key(seed_, "optimizer/" + name));
      }
    }
    cursor.scratch.resize(static_cast<std::size_t>(threads()));
    for (Scratch& scratch : cursor.scratch) scratch.rules.resize(unit.rules.size());
    cursors_.push_back(std::move(cursor));
  }
}

ChainRunner::~ChainRunner() = default;

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
      cursor.states[r] = {step, cursor.unit->updates + 1, 0, cursor.unit->rules[r].scalars,
                          cursor.unit->updates - cursor.unit->extrapolations + 1};
  }
}

// Calls begin() of the rules up to the next one that must wait for its norm.
bool ChainRunner::begin_segment(Cursor& cursor, Purpose purpose) {
  if (cursor.finished() || cursor.waits()) return false;
  std::size_t r = cursor.position;
  do {
    const RuleInstance& rule = cursor.rule(r);
    if (rule.overrides.begin) {
      const Verdict verdict = guarded_at_work(*rule.plugin, rule.location, [&] {
        return rule.optimizer->begin(Step(cursor.states[r]), cursor.unit->rules[r].scalars);
      });
      cursor.held = verdict == Verdict::hold;
      if (cursor.held && purpose == Purpose::extrapolate)
        throw RunError(fmt::format("{} [{}]", holds_ahead(*rule.plugin), rule.location.text()));
    }
    ++r;
  } while (!cursor.held && r < cursor.unit->rules.size() && cursor.rule(r).needs.norm == Over::nothing);
  cursor.segment_end = r;
  return true;
}

void ChainRunner::run_segment(Cursor& cursor, Purpose purpose, Updates updates) {
  const std::size_t first = cursor.position, last = cursor.segment_end;
  const bool finish = !cursor.held && last == cursor.unit->rules.size();
  if (cursor.whole) {
    for (std::size_t p = 0; p < cursor.unit->parameters.size(); ++p) run_whole(cursor, p, first, last);
    if (finish)
      for (Chunk& chunk : cursor.chunks)
        run_chunk(cursor, cursor.scratch[0], chunk, {last, last, true, false, Updates::kept});
    for (std::size_t p = 0; finish && purpose == Purpose::update && p < cursor.unit->parameters.size(); ++p)
      settle_whole(cursor, p);
    if (finish && purpose == Purpose::update && cursor.settles)
      for (Chunk& chunk : cursor.chunks) chunk.failed = !has_finite_values(cursor, chunk);
  } else {
    run_chunks(cursor, {first, last, finish, purpose == Purpose::update, updates});
  }
  cursor.position = last;
  cursor.norm_ready = false;
  if (!finish) return;
  ++cursor.unit->updates;
  if (purpose == Purpose::extrapolate) ++cursor.unit->extrapolations;
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
        guarded_at_work(*rule.plugin, rule.location, [&] { rule.optimizer->apply(step, Block(memory)); });
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
        guarded_at_work(*rule.plugin, rule.location,
                        [&] { rule.optimizer->settle(step, SettledBlock(memory)); });
      });
    }
  }
}

void ChainRunner::run(Purpose purpose, Updates updates) {
  while (true) {
    for (Cursor& cursor : cursors_)
      if (begin_segment(cursor, purpose)) run_segment(cursor, purpose, updates);
    if (std::none_of(cursors_.begin(), cursors_.end(), [](const Cursor& c) { return c.waits(); })) return;
    compute_norms();
  }
}

const Parameter* ChainRunner::update(std::int64_t step, std::int64_t evaluation,
                                     std::span<const std::string> groups, Updates updates) {
  start(step, evaluation, groups);
  run(Purpose::update, updates);
  arena_.values().mark_written();
  for (Cursor& cursor : cursors_) {
    if (!cursor.active) continue;
    cursor.unit->held = cursor.held;
    if (updates == Updates::kept && cursor.held)
      for (Tensor& none : cursor.updates) none.fill(0);
  }
  for (const Cursor& cursor : cursors_)
    for (const Chunk& chunk : cursor.chunks)
      if (cursor.active && chunk.failed) return cursor.unit->parameters[chunk.parameter];
  return nullptr;
}

}  // namespace descent::chain
