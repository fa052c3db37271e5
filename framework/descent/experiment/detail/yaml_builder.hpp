#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// Makes a Value of what yaml-cpp's parser reports, without its node tree: that one keeps the first of two
/// equal keys silently, and shares what aliases name.
class YamlBuilder final : public YAML::EventHandler {
 public:
  /// Thrown when a bound is broken; the problem was added before.
  struct Stop {};
  /// On the command line there are neither lines nor block collections.
  enum class Source { file, command_line };

  /// `text` is what the parser reads; it and `problems` outlive the builder.
  YamlBuilder(const std::string& text, std::string name, Source source, Diagnostics& diagnostics);
  /// What was read, once the parser is at the end.
  Value take() { return std::move(root_); }
  SourceLocation location(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  struct Key {
    std::string text;
    SourceLocation location;
  };
  /// A list or map that is still open.
  struct Open {
    Value value;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    std::optional<Key> key;
    /// A key that is no text was reported; its value is read and dropped.
    bool drop_next = false;
    /// What a merge key held, which was reported too.
    Value merged;
    bool merge_next = false;
    /// Where each key was seen first.
    std::map<std::string, SourceLocation> seen;
  };
  struct Anchored {
    Value value;
    std::size_t nodes = 0;
  };

  bool at_key() const;
  bool is_written_null(const YAML::Mark& mark) const;
  void check_empty(const YAML::Mark& mark);
  void open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style);
  void close();
  void add(Value value, YAML::anchor_t anchor, std::size_t nodes);
  void add_key(const std::string& text, bool quoted, const SourceLocation& location);
  void bad_key(const SourceLocation& location, const std::string& message);
  void count(std::size_t nodes, const SourceLocation& location);
  void check_tag(const std::string& tag, const SourceLocation& location);
  void check_quotes(const YAML::Mark& mark);

  std::size_t characters_before(std::size_t byte) const;

  const std::string& text_;
  /// How many characters there are before every block of bytes: places are told in characters.
  std::vector<std::size_t> characters_;
  std::string name_;
  Source source_;
  Diagnostics& diagnostics_;
  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  /// Values read, and values kept a second time for aliases.
  std::size_t nodes_ = 0;
  std::size_t kept_ = 0;
  bool document_seen_ = false;
};

}  // namespace descent::experiment
