#include "descent/experiment/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "descent/base/checksum_line.hpp"
#include "descent/base/utf8.hpp"
#include "descent/config/scalar_grammar.hpp"
#include "descent/experiment/detail/yaml_builder.hpp"

namespace descent::experiment {

static constexpr std::size_t greatest_file_bytes = std::size_t{4} << 20;

// What yaml-cpp says, as a person would. Its sentences are its interface: it offers no codes.
static std::string plain_words(const std::string& message) {
  static const std::pair<const char*, const char*> sentences[] = {
      {YAML::ErrorMsg::END_OF_MAP,
       "a 'key: value' line was expected here; is a ':' missing, or is the line indented unlike its "
       "neighbors?"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "the map '{…' is not closed; a ',' or '}' was expected"},
      {YAML::ErrorMsg::END_OF_SEQ,
       "a '- entry' was expected here; is the line indented unlike its neighbors?"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "the list '[…' is not closed; a ',' or ']' was expected"},
      {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing that is open"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a '-' entry cannot stand here; a list begins on a line of its own"},
      {YAML::ErrorMsg::MAP_KEY, "a key cannot stand here"},
      {YAML::ErrorMsg::MAP_VALUE,
       "this ':' follows no key; is it the second on its line, is the line indented unlike its neighbors, "
       "or "
       "does the line before lack a ':'? A text that holds ': ' is quoted"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "the file ends inside of a quoted text"},
      {YAML::ErrorMsg::DOC_IN_SCALAR, "a document mark ('---' or '...') inside of a quoted text"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "this character cannot begin a value; quote the text"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, "this alias names no anchor"},
  };
  for (const auto& [theirs, ours] : sentences)
    if (message.rfind(theirs, 0) == 0) return ours;
  return fmt::format("this is not YAML: {}", message);
}

// No NUL or other control characters, no bytes that are not UTF-8, no tabs that indent: yaml-cpp takes some
// of them silently.
static bool characters_are_sound(const std::string& text, const std::string& file, Diagnostics& diagnostics) {
  const auto invalid = utf8::first_invalid(text);
  int line = 1, column = 1;
  bool indentation = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const SourceLocation location{file, line, column};
    if (invalid && *invalid == i) {
      diagnostics.add(location, "this byte is not UTF-8; save the file as UTF-8");
      return false;
    }
    if (c == '\t' && indentation) {
      const std::size_t next = text.find_first_not_of(" \t\r", i);
      if (next != std::string::npos && text[next] != '\n') {
        diagnostics.add(location, "a tab in the indentation; YAML is indented with spaces");
        return false;
      }
    }
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      diagnostics.add(location, c == 0 ? "the character NUL; this is no text file"
                                       : fmt::format("the control character {:#04x}; remove it", c));
      return false;
    }
    indentation = indentation && (c == ' ' || c == '\t');
    if (c == '\n') {
      ++line, column = 0, indentation = true;
    }
    if ((c & 0xC0) != 0x80) ++column;
  }
  return true;
}

static Value parse(std::string text, const std::string& name, YamlBuilder::Source source,
                   Diagnostics& diagnostics) {
  if (text.size() > greatest_file_bytes) {
    diagnostics.add({name, 0, 0}, fmt::format("{} bytes are too many for an experiment; at most {} are read",
                                              text.size(), greatest_file_bytes));
    return {};
  }
  if (text.rfind("\xEF\xBB\xBF", 0) == 0) text.erase(0, 3);
  if (!characters_are_sound(text, name, diagnostics)) return {};
  if (!without_checksum_line(text)) {
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    diagnostics.add(
        {name, lines, 1},
        "Descent wrote this file, and it was changed since: its checksum is another one. To use it as an "
        "experiment of your own, delete the line '# crc32c …' of a copy",
        codes::unreadable);
    return {};
  }
  YamlBuilder builder(text, name, source, diagnostics);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    Value value = builder.take();
    // Of an empty text the parser reports nothing.
    if (value.location().file.empty()) value.at({name, 0, 0});
    return value;
  } catch (const YAML::Exception& error) {
    diagnostics.add(builder.location(error.mark), plain_words(error.msg));
  } catch (const YamlBuilder::Stop&) {
    // What stopped it is among the problems.
  }
  return {};
}

Value parse_yaml(const std::string& text, const std::string& file_name, Diagnostics& diagnostics) {
  return parse(text, file_name, YamlBuilder::Source::file, diagnostics);
}

Value parse_yaml_value(const std::string& text, const std::string& source, Diagnostics& diagnostics) {
  return parse(text, source, YamlBuilder::Source::command_line, diagnostics);
}

Value read_yaml(const std::filesystem::path& file, Diagnostics& diagnostics) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed))
    throw Error(fmt::format("{}: there is no such file", file.string()));
  if (std::filesystem::is_directory(file, failed))
    throw Error(fmt::format("{}: this is a folder; an experiment is a YAML file", file.string()));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(fmt::format("{}: cannot be opened for reading", file.string()));
  // By pieces: a special file does not tell its size.
  std::string text;
  std::array<char, 1 << 14> piece;
  while (text.size() <= greatest_file_bytes &&
         (stream.read(piece.data(), piece.size()) || stream.gcount() > 0))
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) throw Error(fmt::format("{}: reading failed", file.string()));
  return parse_yaml(text, file.string(), diagnostics);
}

}  // namespace descent::experiment
