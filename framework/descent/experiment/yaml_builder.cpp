#include "descent/experiment/detail/yaml_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "descent/base/utf8.hpp"
#include "descent/config/scalar_grammar.hpp"

namespace descent::experiment {

// An experiment has some hundred nodes and a depth of six; these bounds stop alias bombs and bracket towers.
static constexpr std::size_t most_nodes = 100'000;
static constexpr std::size_t greatest_depth = 64;
// YAML itself reads no longer ones on one line.
static constexpr std::size_t longest_key = 1000;
static constexpr std::size_t bytes_of_block = 64;

// Bytes that begin a character.
static std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

YamlBuilder::YamlBuilder(const std::string& text, std::string name, Source source, Diagnostics& diagnostics)
    : text_(text), name_(std::move(name)), source_(source), diagnostics_(diagnostics) {
  characters_.push_back(0);
  for (std::size_t block = 0; block + bytes_of_block <= text.size(); block += bytes_of_block)
    characters_.push_back(characters_.back() +
                          count_characters(std::string_view(text).substr(block, bytes_of_block)));
}

std::size_t YamlBuilder::characters_before(std::size_t byte) const {
  const std::size_t block = byte / bytes_of_block;
  return characters_[block] +
         count_characters(std::string_view(text_).substr(block * bytes_of_block, byte % bytes_of_block));
}

SourceLocation YamlBuilder::location(const YAML::Mark& mark) const {
  if (source_ == Source::command_line || mark.is_null()) return {name_, 0, 0};
  // The parser counts bytes, people count characters.
  const auto end = std::min(static_cast<std::size_t>(mark.pos), text_.size());
  const std::size_t start = end - std::min(end, static_cast<std::size_t>(mark.column));
  const std::size_t before = characters_before(end) - characters_before(start);
  const auto bytes_more = static_cast<int>(end - start - before);
  return {name_, mark.line + 1, mark.column + 1 - bytes_more};
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (document_seen_) {
    diagnostics_.add(
        location(mark),
        "a second document begins here; an experiment is one (or is this line indented wrongly?)");
    throw Stop();
  }
  document_seen_ = true;
}

void YamlBuilder::count(std::size_t nodes, const SourceLocation& location) {
  nodes_ += nodes;
  if (nodes_ + kept_ <= most_nodes) return;
  diagnostics_.add(
      location,
      fmt::format("more than {} values, what aliases repeat included; an experiment is smaller", most_nodes));
  throw Stop();
}

void YamlBuilder::check_tag(const std::string& tag, const SourceLocation& location) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  std::string name = tag;
  const std::string standard = "tag:yaml.org,2002:";
  if (name.rfind(standard, 0) == 0) name = "!!" + name.substr(standard.size());
  diagnostics_.add(location,
                   fmt::format("the tag '{}' has no meaning here; write the value alone, in quotes where it "
                               "is a text",
                               name));
}

// yaml-cpp ends a quoted text at the end of the file without a word, if a line break comes before it.
void YamlBuilder::check_quotes(const YAML::Mark& mark) {
  std::size_t i = static_cast<std::size_t>(mark.pos);
  while (i < text_.size() && (text_[i] == '&' || text_[i] == '!'))
    i = text_.find_first_not_of(" \r\n", text_.find_first_of(" \r\n", i));
  if (i >= text_.size() || (text_[i] != '\'' && text_[i] != '"')) return;
  const char quote = text_[i];
  for (++i; i < text_.size(); ++i) {
    const bool escapes = quote == '"' && text_[i] == '\\';
    const bool doubled = quote == '\'' && text_.compare(i, 2, "''") == 0;
    if (escapes || doubled)
      ++i;
    else if (text_[i] == quote)
      return;
  }
  diagnostics_.add(location(mark), fmt::format("the quote {} that begins here is not closed", quote));
  throw Stop();
}

bool YamlBuilder::at_key() const {
  return !open_.empty() && open_.back().value.is(Value::Kind::map) && !open_.back().key &&
         !open_.back().drop_next;
}

void YamlBuilder::bad_key(const SourceLocation& location, const std::string& message) {
  diagnostics_.add(location, message);
  open_.back().drop_next = true;
}

void YamlBuilder::add_key(const std::string& text, bool quoted, const SourceLocation& location) {
  Open& map = open_.back();
  if (!quoted && text == "<<") {
    map.merge_next = true;
    return bad_key(location,
                   "merge keys ('<<') are not read; write 'extends: other.yaml', or the keys themselves");
  }
  if (text.size() > longest_key)
    return bad_key(location,
                   fmt::format("a key of {} characters; is a ':' in the wrong place?", text.size()));
  const auto [first, is_new] = map.seen.emplace(text, location);
  if (!is_new)
    return bad_key(location, fmt::format("'{}' is given twice in this map; the first is on line {}", text,
                                         std::max(first->second.line, 1)));
  map.key = Key{text, location};
}

bool YamlBuilder::is_written_null(const YAML::Mark& mark) const {
  const auto begin = static_cast<std::size_t>(mark.pos);
  for (const std::string_view word : {"null", "Null", "NULL", "~"})
    if (begin <= text_.size() && std::string_view(text_).substr(begin).starts_with(word)) {
      const std::size_t end = begin + word.size();
      return end >= text_.size() || std::string_view(" \r\n,]}#").find(text_[end]) != std::string_view::npos;
    }
  return false;
}

// A section without a value is absent, as when all of its lines are comments. A key below was most likely left
// unfinished, and its default is not what is meant. But an item of a list may be a name with a colon: `- relu:`.
void YamlBuilder::check_empty(const YAML::Mark& mark) {
  const std::size_t sections = source_ == Source::file ? 1 : 0;
  if (open_.size() <= sections || !open_.back().key || is_written_null(mark)) return;
  const bool names_an_item = open_.size() > 1 && open_[open_.size() - 2].value.is(Value::Kind::list) &&
                             open_.back().value.entries().empty();
  if (names_an_item) return;
  const Key& key = *open_.back().key;
  diagnostics_.add({key.location, fmt::format("'{}' has no value; write one, or leave it out", key.text),
                    codes::missing, key.text});
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  count(1, location(mark));
  if (at_key()) return bad_key(location(mark), "a key is missing before this ':'");
  check_empty(mark);
  add(Value().at(location(mark)), anchor, 1);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const SourceLocation here = location(mark);
  if (at_key()) return bad_key(here, "a key cannot be an alias; write it out");
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    diagnostics_.add(here, "this alias stands inside of what it repeats");
    return add(Value().at(here), 0, 1);
  }
  count(found->second.nodes, here);
  add(found->second.value, 0, found->second.nodes);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  const SourceLocation here = location(mark);
  const bool quoted = tag == "!";
  count(1, here);
  check_tag(tag, here);
  if (quoted) check_quotes(mark);
  if (text.find('\0') != std::string::npos) {
    diagnostics_.add(here, "a text cannot hold the character NUL");
    throw Stop();
  }
  // yaml-cpp makes three invalid bytes of an escaped surrogate.
  if (utf8::first_invalid(text)) {
    diagnostics_.add(here, "an escape in this text stands for no character");
    throw Stop();
  }
  if (at_key()) return add_key(text, quoted, here);
  const std::size_t before = diagnostics_.size();
  const std::string replaced = substitute_environment(text, here, diagnostics_);
  if (!quoted && replaced.empty() && !text.empty() && diagnostics_.size() == before)
    diagnostics_.add(
        here,
        fmt::format("{} is empty; set the variable, give it a default that is not empty, or write "
                    "null",
                    text),
        codes::missing);
  add(quoted ? Value::of(replaced).at(here) : plain_scalar(replaced, here, diagnostics_), anchor, 1);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value style) {
  open(Value::list(), mark, tag, anchor, style);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  open(Value::map(), mark, tag, anchor, style);
}

void YamlBuilder::open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) {
  const SourceLocation here = location(mark);
  count(1, here);
  check_tag(tag, here);
  // A bracket that is not closed looks like a key to yaml-cpp: a block map begins at it.
  const auto start = static_cast<std::size_t>(mark.pos);
  const bool at_bracket = start < text_.size() && (text_[start] == '[' || text_[start] == '{');
  if (at_key() || (at_bracket && value.is(Value::Kind::map) && style == YAML::EmitterStyle::Block)) {
    diagnostics_.add(here, "a list or a map cannot be a key; is its bracket closed?");
    throw Stop();
  }
  if (open_.size() == greatest_depth) {
    diagnostics_.add(here, fmt::format("nested more than {} deep", greatest_depth));
    throw Stop();
  }
  if (source_ == Source::command_line && style == YAML::EmitterStyle::Block) {
    diagnostics_.add(here, "on the command line, write maps and lists in brackets: {key: value}, [1, 2]");
    throw Stop();
  }
  Open collection;
  collection.value = std::move(value.at(here));
  collection.anchor = anchor;
  collection.nodes_before = nodes_ - 1;
  open_.push_back(std::move(collection));
}

void YamlBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  // What was meant, so that no second problem follows from the merge key's.
  if (done.merged.is(Value::Kind::map))
    for (const auto& entry : done.merged.entries())
      if (done.value.find(entry.key) == nullptr) done.value.entries().push_back(entry);
  add(std::move(done.value), done.anchor, nodes_ - done.nodes_before);
}

void YamlBuilder::add(Value value, YAML::anchor_t anchor, std::size_t nodes) {
  if (anchor != 0) {
    // The copy kept for aliases is memory too.
    kept_ += nodes;
    count(0, value.location());
    anchors_[anchor] = {value, nodes};
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Open& parent = open_.back();
  if (parent.value.is(Value::Kind::list)) {
    parent.value.items().push_back(std::move(value));
  } else if (parent.drop_next) {
    parent.drop_next = false;
    if (std::exchange(parent.merge_next, false)) parent.merged = std::move(value);
  } else if (parent.key) {
    parent.value.entries().push_back({parent.key->text, std::move(value), parent.key->location});
    parent.key.reset();
  }
}

}  // namespace descent::experiment
