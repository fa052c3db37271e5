#include <algorithm>

#include "descent/chain/detail/chain_cursor.hpp"

// Where chains look besides the values themselves: probes and evaluation points.
namespace descent::chain {

namespace {
bool is_probe(const RuleInstance& rule) {
  return rule.overrides.probe || rule.needs.probe_with_chain;
}
bool unit_probes(const ChainUnit& unit) {
  return std::any_of(unit.rules.begin(), unit.rules.end(),
                     [](const RuleState& s) { return is_probe(*s.rule); });
}
}  // namespace

bool ChainRunner::probes() const {
  return std::any_of(units_.begin(), units_.end(), unit_probes);
}

bool ChainRunner::probes(const Parameter& parameter) const {
  return std::any_of(units_.begin(), units_.end(), [&](const ChainUnit& unit) {
    const auto& moved = unit.parameters;
    return unit_probes(unit) && std::find(moved.begin(), moved.end(), &parameter) != moved.end();
  });
}

void ChainRunner::displace(Cursor& cursor, std::size_t r) {
  const RuleInstance& rule = cursor.rule(r);
  const auto use = [&](const Step& step, const Block::Memory& memory) {
    guarded_at_work(*rule.plugin, rule.location, [&] { rule.optimizer->probe(step, Block(memory)); });
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
  run(Purpose::extrapolate, Updates::dropped);
  arena_.values().mark_written();
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
    for (auto& state : cursor.states) {
      --state.update;
      --state.move;
    }
    for (std::size_t r = 0; r < cursor.unit->rules.size(); ++r) {
      const RuleInstance& rule = cursor.rule(r);
      if (!rule.overrides.evaluation_point) continue;
      for (const Chunk& chunk : cursor.chunks) {
        for (long begin = chunk.begin; begin < chunk.end; begin += block_size_) {
          const long end = std::min(begin + block_size_, chunk.end);
          with_block(cursor, r, chunk.parameter, begin, end,
                     [&](const Step& now, const Block::Memory& memory) {
                       BlockArray out(memory.size);
                       const ArrayView view(out.data(), memory.size);
                       guarded_at_work(*rule.plugin, rule.location,
                                       [&] { rule.optimizer->evaluation_point(now, Block(memory), view); });
                       ArrayView(memory.value, memory.size) = view;
                     });
        }
      }
    }
  }
  arena_.values().mark_written();
}

}  // namespace descent::chain
