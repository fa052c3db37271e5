#include "descent/experiment/references.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/config/reference.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/quantity.hpp"

namespace descent::experiment {

namespace {

/// Resolves the references of one experiment, each value in its place and once.
class References {
 public:
  References(Value& experiment, Diagnostics& diagnostics)
      : experiment_(experiment), diagnostics_(diagnostics) {}

  void resolve(Value& value) {
    if (value.is(Value::Kind::list))
      for (Value& item : value.items()) resolve(item);
    if (value.is(Value::Kind::map))
      for (Value::Entry& entry : value.entries()) resolve(entry.value);
    if (value.is(Value::Kind::text) && has_reference(value.text())) resolve_text(value);
  }

 private:
  void resolve_text(Value& value) {
    const SourceLocation location = value.location();
    if (std::find(open_.begin(), open_.end(), &value) != open_.end()) throw Error("it refers to itself");
    open_.push_back(&value);
    try {
      Value resolved = resolved_text(value.text());
      value = resolved.at(location);
    } catch (const Error& error) {
      diagnostics_.append(error.within(location));
      value = Value().at(location);
    }
    open_.pop_back();
  }

  Value resolved_text(const std::string& text) {
    std::string result;
    for (std::size_t done = 0;;) {
      const std::size_t start = text.find(reference_mark, done);
      result += text.substr(done, start - done);
      if (start == std::string::npos) return Value::of(result);
      const std::size_t end = text.find('}', start);
      const std::string inside = text.substr(start + 2, end - start - 2);
      Value value = evaluated(inside);
      if (start == 0 && end + 1 == text.size()) return value;
      if (value.is(Value::Kind::list) || value.is(Value::Kind::map) || value.is(Value::Kind::null))
        throw Error(
            fmt::format("'${{{}}}' is {}, which cannot stand within a text", inside, value.description()));
      result += text_of(value);
      done = end + 1;
    }
  }

  static std::string text_of(const Value& value) {
    if (value.is(Value::Kind::text)) return value.text();
    if (value.is(Value::Kind::integer)) return std::to_string(value.integer());
    return value.is(Value::Kind::boolean) ? (value.boolean() ? "true" : "false")
                                          : number_text(value.number());
  }

  Value evaluated(const std::string& inside) {
    try {
      return evaluate_expression(inside, [&](const std::string& path) { return look_up(path); });
    } catch (const Error& error) {
      throw error.within({}, fmt::format("'${{{}}}': ", inside));
    }
  }

  Value look_up(const std::string& path) {
    Value* target = find_value(experiment_, path);
    if (target == nullptr)
      throw Error(Diagnostic{{},
                             fmt::format("the experiment does not say '{}'{}; only what is written can be "
                                         "referred to, not a default",
                                         path, nearest_path(path)),
                             codes::unknown_name,
                             path});
    const std::size_t before = diagnostics_.size();
    resolve(*target);
    // What is wrong with it has been said.
    if (diagnostics_.size() > before) throw Error(fmt::format("'{}' has no value", path));
    return *target;
  }

  std::string nearest_path(const std::string& path) const {
    const auto near = nearest(path, paths_of(experiment_));
    return near ? fmt::format(" (did you mean '{}'?)", *near) : "";
  }

  Value& experiment_;
  Diagnostics& diagnostics_;
  std::vector<const Value*> open_;  // values that are being resolved
};

}  // namespace

void resolve_references(Value& experiment, Diagnostics& diagnostics) {
  if (!experiment.is(Value::Kind::map)) return;
  References references(experiment, diagnostics);
  for (Value::Entry& section : experiment.entries())
    if (section.key != "sweep") references.resolve(section.value);
}

}  // namespace descent::experiment
