#include "descent/experiment/identity.hpp"

#include <utility>

#include "descent/experiment/section.hpp"
#include "descent/experiment/yaml.hpp"

namespace descent::experiment {

bool is_part_of_run(std::string_view path) {
  const std::string_view section = path.substr(0, path.find('.'));
  return section != "name" && section != "log" && section != "checkpoint" && path != "trainer.prefetch";
}

bool RunIdentity::is_beginning_of(const RunIdentity& longer) const {
  if (text != longer.text) return false;
  Diagnostics none;  // both were read before
  const auto own = read_duration(steps, "trainer.steps", 1, Minutes::refused, none);
  const auto other = read_duration(longer.steps, "trainer.steps", 1, Minutes::refused, none);
  return own && other && own->unit == other->unit && own->count < other->count;
}

// The end of the section that begins at `begin`: the next line that is not indented.
static std::size_t section_end(std::string_view text, std::size_t begin) {
  for (std::size_t at = text.find('\n', begin); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (at + 1 == text.size() || (text[at + 1] != ' ' && text[at + 1] != '\n')) return at + 1;
  return text.size();
}

static RunIdentity read_trainer(const std::string& section) {
  Diagnostics diagnostics;
  Value content = parse_yaml(section, "a resolved experiment", diagnostics);
  diagnostics.throw_if_any();
  RunIdentity identity;
  if (Value* trainer = content.find("trainer")) {
    if (const Value* steps = trainer->find("steps")) identity.steps = *steps;
    trainer->erase("steps");
    trainer->erase("prefetch");
  }
  identity.text = to_yaml(content);
  return identity;
}

RunIdentity IdentityReader::read(std::string_view resolved) {
  RunIdentity identity;
  for (std::size_t begin = 0; begin < resolved.size();) {
    const std::size_t end = section_end(resolved, begin);
    const std::string_view section = resolved.substr(begin, end - begin);
    begin = end;
    const std::string_view key = section.substr(0, section.find(':'));
    if (!is_part_of_run(key)) continue;
    if (key != "trainer") {
      identity.text += section;
      continue;
    }
    auto known = trainers_.find(section);
    if (known == trainers_.end()) {
      const std::string text(section);
      known = trainers_.emplace(text, read_trainer(text)).first;
    }
    identity.text += known->second.text;
    identity.steps = known->second.steps;
  }
  return identity;
}

RunIdentity identity_of(std::string_view resolved) {
  return IdentityReader().read(resolved);
}

std::string without_name(std::string_view resolved) {
  std::string text;
  for (std::size_t begin = 0; begin < resolved.size();) {
    const std::size_t end = section_end(resolved, begin);
    if (!resolved.substr(begin).starts_with("name:")) text += resolved.substr(begin, end - begin);
    begin = end;
  }
  return text;
}

}  // namespace descent::experiment
