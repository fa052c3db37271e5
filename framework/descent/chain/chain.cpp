#include "descent/chain/chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"

namespace descent::chain {

ChainTable::ChainTable(std::vector<experiment::ChainSpec>& specs, Diagnostics& diagnostics)
    : specs_(specs), used_(specs.size()), takers_(specs.size()) {
  for (experiment::ChainSpec& spec : specs) {
    make(spec.rules, spec.key.empty() ? "" : spec.key + ".", "", diagnostics);
    find_probe(spec.rules, diagnostics);
    check_ahead(spec.rules, false, diagnostics);
  }
}

ChainTable::~ChainTable() = default;

void ChainTable::make(experiment::Chain& chain, const std::string& prefix, const std::string& key,
                      Diagnostics& diagnostics) {
  for (std::size_t place = 0; place < chain.size(); ++place) {
    experiment::Rule& rule = chain[place];
    auto made = std::make_unique<RuleInstance>();
    made->plugin = rule.plugin;
    made->optimizer = rule.take<Optimizer>(diagnostics);
    if (!made->optimizer) continue;
    const std::string number =
        key.empty() ? fmt::format("{}", place + 1) : fmt::format("{}.{}", key, place + 1);
    made->name = number + "_" + rule.name;
    made->location = rule.location();
    made->overrides = rule.plugin->descriptor().overrides;
    try {
      guarded(*rule.plugin, rule.location(), [&] { made->optimizer->check(); });
    } catch (const Error& error) {
      diagnostics.append(error.within(rule.location(), rule.plugin->title() + ": "));
    }
    guarded(*rule.plugin, rule.location(), [&] {
      made->granularity = made->optimizer->granularity();
      made->needs = made->optimizer->needs();
      made->scalars = made->optimizer->scalars();
    });
    made->schedules = rule.plugin->named_schedules(made->optimizer.get());
    const auto namesakes = std::count_if(
        chain.begin(), chain.end(), [&](const experiment::Rule& other) { return other.name == rule.name; });
    const std::string unique = namesakes == 1 ? rule.name : fmt::format("{}_{}", place + 1, rule.name);
    for (const auto& [option, schedule] : made->schedules)
      schedules_.emplace_back(prefix + unique + "." + option, schedule);
    by_rule_.emplace_back(&rule, made.get());
    instances_.push_back(std::move(made));
    make(rule.fallback, prefix + unique + ".fallback.", number, diagnostics);
  }
}

const RuleInstance* ChainTable::instance(const experiment::Rule& rule) const {
  const auto found =
      std::find_if(by_rule_.begin(), by_rule_.end(), [&](const auto& pair) { return pair.first == &rule; });
  return found == by_rule_.end() ? nullptr : found->second;
}

std::optional<std::vector<const RuleInstance*>> ChainTable::rules_for(const experiment::Chain& chain,
                                                                      const Parameter& parameter,
                                                                      Diagnostics& diagnostics) {
  std::vector<const RuleInstance*> rules;
  for (const experiment::Rule& rule : chain) {
    const RuleInstance* made = instance(rule);
    if (made == nullptr) continue;
    const bool accepted =
        guarded(*rule.plugin, rule.location(), [&] { return made->optimizer->accepts(parameter); });
    if (accepted) {
      rules.push_back(made);
    } else if (rule.fallback_is_frozen) {
      return std::nullopt;
    } else if (!rule.fallback.empty()) {
      const auto instead = rules_for(rule.fallback, parameter, diagnostics);
      if (!instead) return std::nullopt;
      rules.insert(rules.end(), instead->begin(), instead->end());
    } else {
      diagnostics.add(rule.location(),
                      fmt::format("{} does not take the parameter '{}' of shape {}; give it a chain for such "
                                  "parameters under 'fallback', or say fallback: frozen",
                                  rule.plugin->title(), parameter.name, parameter.shape.text()));
    }
  }
  return rules;
}

namespace {

bool covers(const experiment::ChainSpec& spec, const std::string& player, const Parameter& parameter) {
  return spec.key.empty() || spec.key == parameter.group || spec.key == player ||
         matches(spec.key, parameter.name);
}

// The spec that moves a parameter, or nothing.
std::optional<std::size_t> find_spec(const std::vector<experiment::ChainSpec>& specs,
                                     const std::string& player, const Parameter& parameter) {
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].key == parameter.group) return i;
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].key == player) return i;
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].key.empty() || matches(specs[i].key, parameter.name)) return i;
  return std::nullopt;
}

Tensor start_of(const Slot& slot, const Parameter& parameter, Tensor tensor) {
  switch (slot.start) {
    case Slot::Start::zero:
      tensor.fill(0);
      break;
    case Slot::Start::number:
      tensor.fill(slot.number);
      break;
    case Slot::Start::value:
      tensor.copy_from(parameter.value);
      break;
  }
  return tensor;
}

// Slots and scalars stand in the log and in checkpoints by their names.
void check_names(const RuleInstance& rule, const Slots& slots, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Slot& slot : slots) names.push_back(slot.name);
  for (const ScalarState& scalar : rule.scalars) names.push_back(scalar.name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_log_name(names[i]))
      diagnostics.add(rule.location,
                      fmt::format("{} calls a slot or a scalar '{}'; such names are of letters, digits "
                                  "and '_'",
                                  rule.plugin->title(), names[i]));
    if (std::find(names.begin(), names.begin() + static_cast<long>(i), names[i]) !=
        names.begin() + static_cast<long>(i))
      diagnostics.add(rule.location,
                      fmt::format("{} has two slots or scalars called '{}'", rule.plugin->title(), names[i]));
  }
}

constexpr std::size_t workspaces_per_rule = 16;

void make_slots(ChainUnit& unit, RuleState& state, std::int64_t unit_size, Diagnostics& diagnostics) {
  const RuleInstance& rule = *state.rule;
  for (const ScalarState& scalar : rule.scalars) state.scalars.push_back(scalar.start);
  for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
    const Parameter& parameter = *unit.parameters[p];
    const Slots slots =
        guarded(*rule.plugin, rule.location, [&] { return rule.optimizer->slots(parameter); });
    if (slots.size() > max_slots) {
      diagnostics.add(rule.location, fmt::format("{} wants {} slots for one parameter; there are at most {}",
                                                 rule.plugin->title(), slots.size(), max_slots));
      return;
    }
    if (p == 0) check_names(rule, slots, diagnostics);
    auto& tensors = state.slots.emplace_back();
    auto& names = state.slot_names.emplace_back();
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const Shape shape = slots[s].shape.value_or(parameter.shape);
      if (rule.granularity == Granularity::element && !(shape == parameter.shape)) {
        diagnostics.add(
            rule.location,
            fmt::format("{} works on blocks, so its slot '{}' must have the parameter's shape {}, "
                        "not {}",
                        rule.plugin->title(), slots[s].name, parameter.shape.text(), shape.text()));
        continue;
      }
      Tensor memory;
      if (shape == parameter.shape) {
        if (state.slot_arenas.size() <= s) state.slot_arenas.resize(s + 1);
        if (!state.slot_arenas[s].defined()) state.slot_arenas[s] = Tensor::zeros({unit_size});
        memory = state.slot_arenas[s].part(unit.slot_offsets[p], shape);
      } else {
        memory = Tensor::empty(shape);
      }
      tensors.push_back(start_of(slots[s], parameter, memory));
      names.push_back(slots[s].name);
    }
    if (rule.granularity == Granularity::tensor) state.workspaces.emplace_back(workspaces_per_rule);
  }
}

}  // namespace

std::vector<ChainUnit> ChainTable::cover(const std::string& player, Arena& arena, Diagnostics& diagnostics) {
  std::vector<ChainUnit> units;
  std::vector<std::vector<const RuleInstance*>> rules_of_units;
  for (std::size_t p = 0; p < arena.parameters().size(); ++p) {
    Parameter& parameter = *arena.parameters()[p];
    const auto spec = find_spec(specs_, player, parameter);
    if (!spec) {
      diagnostics.add(
          specs_.empty() ? SourceLocation{} : specs_.front().key_location,
          fmt::format(
              "no entry of 'optimizer' covers the parameter '{}'; name its group '{}', its player '{}' "
              "or a pattern, or say `frozen`",
              parameter.name, parameter.group, player));
      continue;
    }
    used_[*spec] = true;
    for (std::size_t other = 0; other < specs_.size(); ++other)
      if (covers(specs_[other], player, parameter)) takers_[other].insert(*spec);
    if (specs_[*spec].frozen) continue;
    const auto rules = rules_for(specs_[*spec].rules, parameter, diagnostics);
    if (!rules) continue;
    std::size_t u = 0;
    while (u < units.size() && !(units[u].group == parameter.group && rules_of_units[u] == *rules)) ++u;
    if (u == units.size()) {
      units.emplace_back().group = parameter.group;
      rules_of_units.push_back(*rules);
    }
    units[u].parameters.push_back(&parameter);
    units[u].arena_offsets.push_back(arena.offset(p));
  }
  for (std::size_t u = 0; u < units.size(); ++u) {
    std::int64_t size = 0;
    for (const Parameter* parameter : units[u].parameters) {
      units[u].slot_offsets.push_back(size);
      size += padded(parameter->shape.size());
    }
    for (const RuleInstance* rule : rules_of_units[u]) {
      RuleState state;
      state.rule = rule;
      make_slots(units[u], state, size, diagnostics);
      units[u].rules.push_back(std::move(state));
    }
  }
  return units;
}

void ChainTable::finish(const std::vector<std::string>& known_names, Diagnostics& diagnostics) {
  // A player is often called like its only group.
  std::vector<std::string> names;
  for (const std::string& name : known_names)
    if (std::count(names.begin(), names.end(), name) == 0) names.push_back(name);
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (used_[i] || specs_[i].key.empty()) continue;
    std::vector<std::string> takers;
    for (const std::size_t taker : takers_[i]) takers.push_back(fmt::format("'{}'", specs_[taker].key));
    const std::string why =
        takers.empty() ? fmt::format("it is no group, no player and no pattern of a parameter's name{}",
                                     suggestion(specs_[i].key, names))
                       : fmt::format(
                             "{} came first and took all that it would; a group's name wins over a "
                             "player's, both over patterns, and of patterns the one above",
                             join(takers, " and "));
    diagnostics.add(specs_[i].key_location, fmt::format("'{}' covers no parameter: {}", specs_[i].key, why));
  }
}

}  // namespace descent::chain
