#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/nn/initializer.hpp"

namespace descent::initialize {

namespace {

/// An initializer as a description names it, with the number it takes.
struct Named {
  const char* name;
  Initializer (*make)(double);
  const char* meaning;
  enum { no_number, needs_number, may_have_number } number = no_number;
  const char* argument = "";
  double default_value = 0;  ///< of those that need one: an example
};

const std::array table{
    Named{"fan_in_uniform", [](double) { return fan_in_uniform(); },
          "U(±1/√inputs), biases too: PyTorch's default"},
    Named{"glorot_uniform", [](double) { return glorot_uniform(); },
          "U(±√(6/(inputs + outputs))) (Glorot and Bengio, 2010)"},
    Named{"glorot_normal", [](double) { return glorot_normal(); },
          "N(0, 2/(inputs + outputs)) (Glorot and Bengio, 2010)"},
    Named{"he_uniform", [](double) { return he_uniform(); }, "U(±√(6/inputs)) (He et al., 2015)"},
    Named{"he_normal", [](double) { return he_normal(); }, "N(0, 2/inputs) (He et al., 2015)"},
    Named{"lecun_uniform", [](double) { return lecun_uniform(); }, "U(±√(3/inputs)) (LeCun et al., 1998)"},
    Named{"lecun_normal", [](double) { return lecun_normal(); }, "N(0, 1/inputs) (LeCun et al., 1998)"},
    Named{"orthogonal", [](double gain) { return orthogonal(gain); },
          "orthonormal rows or columns times the gain (Saxe et al., 2014)", Named::may_have_number, "gain",
          1},
    Named{"normal", [](double stddev) { return normal(stddev); }, "N(0, s²), s being the standard deviation",
          Named::needs_number, "standard deviation", 0.02},
    Named{"uniform", [](double limit) { return uniform(-limit, limit); }, "U(±limit)", Named::needs_number,
          "limit", 0.05},
    Named{"constant", [](double value) { return constant(value); }, "every number the same",
          Named::needs_number, "value", 0},
};

LayerStart start_of(const Named& named, double number) {
  const bool biases_too = std::string_view(named.name) == "fan_in_uniform";
  return {named.make(number), biases_too ? named.make(number) : constant(0)};
}

const Named* find(const std::string& name, const SourceLocation& location, Diagnostics& diagnostics) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Named& named) { return named.name == name; });
  if (found != table.end()) return &*found;
  diagnostics.add(unknown_word(location, "initializers", fmt::format("there is no initializer '{}'", name),
                               name, names(), codes::unknown_name));
  return nullptr;
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Named& named : table) result.emplace_back(named.name);
  return result;
}

std::vector<NamedInitializer> all() {
  std::vector<NamedInitializer> result;
  for (const Named& named : table)
    result.push_back(
        {named.name, named.argument,
         named.number == Named::may_have_number ? std::optional(named.default_value) : std::nullopt,
         named.meaning});
  return result;
}

LayerStart parse(const Value& value, Diagnostics& diagnostics) {
  const LayerStart failed{constant(0), constant(0)};
  if (value.is(Value::Kind::text)) {
    const Named* named = find(value.text(), value.location(), diagnostics);
    if (named == nullptr) return failed;
    if (named->number == Named::needs_number) {
      diagnostics.add(value.location(), fmt::format("initializer '{0}' needs its {1}, as in {{{0}: {2}}}",
                                                    named->name, named->argument, named->default_value));
      return failed;
    }
    return start_of(*named, named->default_value);
  }
  if (!value.is(Value::Kind::map) || value.entries().size() != 1) {
    diagnostics.add(value.location(),
                    fmt::format("an initializer is a name, or a map of one name and its number such as "
                                "{{normal: 0.02}}, but this is {}",
                                value.description()));
    return failed;
  }
  const Value::Entry& entry = value.entries().front();
  const Named* named = find(entry.key, entry.key_location, diagnostics);
  if (named == nullptr) return failed;
  const bool is_number = entry.value.is_number();
  if (named->number == Named::no_number) {
    diagnostics.add(entry.key_location,
                    fmt::format("initializer '{0}' takes no number; write just {0}", named->name));
  } else if (!is_number || !std::isfinite(entry.value.number())) {
    diagnostics.add(entry.value.location(),
                    fmt::format("initializer '{}' needs a number, its {}, but got {}", named->name,
                                named->argument, entry.value.description()));
  } else {
    return start_of(*named, entry.value.number());
  }
  return failed;
}

}  // namespace descent::initialize
