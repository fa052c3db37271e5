#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/nn/network.hpp"

namespace descent {

namespace {

using LayerSpec = NetworkSpec::LayerSpec;

struct Kind {
  enum Argument { none, outputs, slope, scale, rate };
  const char* name;
  bool is_activation;
  const char* meaning;
  Argument argument = none;
  double default_value = 0;  ///< of those that need a number: an example
};

constexpr std::array kinds{
    Kind{"linear", false, "x·W + b; `bias: false` leaves b out, and it may have an `initializer` of its own",
         Kind::outputs, 128},
    Kind{"batch_norm", false, "each channel normalized over the batch (Ioffe and Szegedy, 2015)"},
    Kind{"dropout", false, "in training, so many are 0 and the others grow (Srivastava et al., 2014)",
         Kind::rate, 0.2},
    Kind{"relu", true, "max(x, 0)"},
    Kind{"leaky_relu", true, "x, or slope·x below 0", Kind::slope, 0.01},
    Kind{"elu", true, "x, or scale·(e^x − 1) below 0 (Clevert et al., 2016)", Kind::scale, 1},
    Kind{"tanh", true, "the hyperbolic tangent"},
    Kind{"sigmoid", true, "1/(1 + e^−x)"},
    Kind{"softplus", true, "log(1 + e^x)"},
    Kind{"gelu", true, "x·Φ(x), exact (Hendrycks and Gimpel, 2016)"},
};

constexpr const char* argument_names[] = {"", "outputs", "slope", "scale", "rate"};

bool needs_number(const Kind& kind) {
  return kind.argument == Kind::outputs || kind.argument == Kind::rate;
}

const std::array network_keys{
    NetworkSpec::Key{"hidden", "short", "list of whole numbers", "the widths of the hidden layers", ""},
    NetworkSpec::Key{"activation", "short", "activation", "behind each of them",
                     "relu; of a plugin's option, its default's"},
    NetworkSpec::Key{"batch_norm", "short", "true or false", "between each and its activation", "false"},
    NetworkSpec::Key{"dropout", "short", "number in [0, 1)", "the rate behind each activation", "0: none"},
    NetworkSpec::Key{"layers", "long", "list of layers", "all layers, one after the other", ""},
    NetworkSpec::Key{"initializer", "both", "initializer", "how layers start that name none",
                     "fan_in_uniform"},
};

std::vector<std::string> names_of(bool activations_only) {
  std::vector<std::string> result;
  for (const Kind& kind : kinds)
    if (kind.is_activation || !activations_only) result.emplace_back(kind.name);
  return result;
}

const Kind* find_kind(std::string_view name, bool activations_only) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) {
    return name == kind.name && (kind.is_activation || !activations_only);
  });
  return found == kinds.end() ? nullptr : &*found;
}

// What is wrong with an argument, as the end of a sentence that begins with what it belongs to; empty if
// nothing is.
std::string complaint(Kind::Argument argument, const Value& value) {
  const double number = value.is_number() ? value.number() : NAN;
  switch (argument) {
    case Kind::none:
      if (!value.is(Value::Kind::null)) return "takes no argument";
      break;
    case Kind::outputs:
      if (!value.is(Value::Kind::integer) || value.integer() < 1 || value.integer() > 1'000'000'000)
        return "needs its number of outputs, a whole number of at least 1";
      break;
    case Kind::slope:
      if (!(number >= 0 && std::isfinite(number))) return "needs its slope, a number of at least 0";
      break;
    case Kind::scale:
      if (!(number > 0 && std::isfinite(number))) return "needs its scale, a number above 0";
      break;
    case Kind::rate:
      if (!(number >= 0 && number < 1)) return "needs its rate, a number from 0 up to, but not, 1";
      break;
  }
  return "";
}

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // An entry of `layers`, or an activation.
  LayerSpec layer(const Value& value, bool activation) {
    const char* word = activation ? "activation" : "layer";
    if (value.is(Value::Kind::text)) return from_name(value, word, activation);
    if (!value.is(Value::Kind::map) || value.entries().empty()) {
      diagnostics_.add(value.location(),
                       fmt::format("{} must be a name or a map such as {{{}}}, but this is {}",
                                   activation ? "an activation" : "a layer",
                                   activation ? "leaky_relu: 0.2" : "linear: 128", value.description()));
      return {};
    }
    return from_map(value, word, activation);
  }

  void argument(LayerSpec& spec, const Kind& kind, const Value& value, const char* word) {
    const std::string wrong = complaint(kind.argument, value);
    if (!wrong.empty()) {
      diagnostics_.add(value.location(),
                       fmt::format("{} '{}' {}, but got {}", word, kind.name, wrong, value.description()));
    } else if (value.is_number()) {
      spec.argument = value.number();
    }
  }

 private:
  LayerSpec from_name(const Value& value, const char* word, bool activation) {
    const Kind* kind = find_kind(value.text(), activation);
    if (kind == nullptr) {
      unknown(value.text(), value.location(), word, activation);
      return {};
    }
    if (needs_number(*kind))
      diagnostics_.add(value.location(),
                       fmt::format("{0} '{1}' {2}, as in {{{1}: {3}}}", word, kind->name,
                                   complaint(kind->argument, Value()), kind->default_value));
    return {kind->name, kind->default_value, {}, true};
  }

  LayerSpec from_map(const Value& value, const char* word, bool activation) {
    LayerSpec spec;
    for (const Value::Entry& entry : value.entries()) {
      if (entry.key == "initializer" || entry.key == "bias") continue;
      const Kind* kind = find_kind(entry.key, activation);
      if (kind == nullptr) {
        unknown(entry.key, entry.key_location, word, activation);
      } else if (!spec.kind.empty()) {
        diagnostics_.add(entry.key_location,
                         fmt::format("one entry is one {0}, but this is '{1}' and '{2}'; write two entries",
                                     word, spec.kind, kind->name));
      } else {
        spec.kind = kind->name;
        spec.argument = kind->default_value;
        argument(spec, *kind, entry.value, word);
      }
    }
    read_linear_keys(spec, value);
    return spec;
  }

  void read_linear_keys(LayerSpec& spec, const Value& value) {
    for (const Value::Entry& entry : value.entries()) {
      if (entry.key != "initializer" && entry.key != "bias") continue;
      if (spec.kind != "linear") {
        diagnostics_.add(entry.key_location, fmt::format("only layer 'linear' has the key '{}'", entry.key));
      } else if (entry.key == "initializer") {
        initialize::parse(entry.value, diagnostics_);
        spec.initializer = entry.value;
      } else if (!entry.value.is(Value::Kind::boolean)) {
        diagnostics_.add(entry.value.location(),
                         fmt::format("'bias' must be true or false, but is {}", entry.value.description()));
      } else {
        spec.bias = entry.value.boolean();
      }
    }
  }

  void unknown(const std::string& name, const SourceLocation& location, const char* word, bool activation) {
    if (const auto renamed = renamed_hint("a layer", name, {"initializer", "bias"}))
      return diagnostics_.add({location, *renamed, codes::renamed, name});
    diagnostics_.add(unknown_word(location, fmt::format("a network's {}s", word),
                                  fmt::format("there is no {} '{}'", word, name), name, names_of(activation),
                                  codes::unknown_name));
  }

  Diagnostics& diagnostics_;
};

// hidden: [400, 400] with its companions, as the layers it stands for.
std::vector<LayerSpec> short_form(const Value& value, const Value& hidden, Diagnostics& diagnostics) {
  Reader reader(diagnostics);
  LayerSpec activation{"relu", 0, {}, true}, rate{"dropout", 0, {}, true};
  bool batch_norm = false;
  if (const Value* given = value.find("activation")) activation = reader.layer(*given, true);
  if (const Value* given = value.find("dropout"))
    reader.argument(rate, *find_kind("dropout", false), *given, "layer");
  if (const Value* given = value.find("batch_norm")) {
    if (given->is(Value::Kind::boolean)) {
      batch_norm = given->boolean();
    } else {
      diagnostics.add(given->location(),
                      fmt::format("'batch_norm' must be true or false, but is {}", given->description()));
    }
  }
  if (!hidden.is(Value::Kind::list)) {
    diagnostics.add(hidden.location(),
                    fmt::format("'hidden' must be a list of layer widths such as [128, 128], but is {}",
                                hidden.description()));
    return {};
  }
  std::vector<LayerSpec> layers;
  for (const Value& width : hidden.items()) {
    LayerSpec linear{"linear", 1, {}, true};
    reader.argument(linear, *find_kind("linear", false), width, "hidden layer");
    layers.push_back(linear);
    if (batch_norm) layers.push_back({"batch_norm", 0, {}, true});
    layers.push_back(activation);
    if (rate.argument > 0) layers.push_back(rate);
  }
  return layers;
}

void check_keys(const Value& value, bool is_short, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const NetworkSpec::Key& key : network_keys)
    if (key.form == "both" || key.form == (is_short ? "short" : "long")) known.push_back(key.name);
  for (const Value::Entry& entry : value.entries()) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const bool of_other_form =
        std::any_of(network_keys.begin(), network_keys.end(),
                    [&](const NetworkSpec::Key& key) { return key.name == entry.key; });
    if (entry.key == "layers" || entry.key == "hidden") {
      diagnostics.add(entry.key_location, "a network has 'hidden' or 'layers', not both");
    } else if (of_other_form) {
      diagnostics.add(
          entry.key_location,
          fmt::format("'{}' goes with 'hidden'; with 'layers' it is an entry of that list", entry.key));
    } else {
      diagnostics.add(unknown_word(entry.key_location, "a network",
                                   fmt::format("a network has no key '{}'", entry.key), entry.key, known));
    }
  }
}

}  // namespace

NetworkSpec NetworkSpec::parse(const Value& value, Diagnostics& diagnostics) {
  NetworkSpec spec;
  const Value *hidden = value.find("hidden"), *layers = value.find("layers");
  if (hidden == nullptr && layers == nullptr) {
    diagnostics.add(value.location(),
                    fmt::format("a network is a map with 'hidden', such as {{hidden: [128, 128], activation: "
                                "relu}}, or with 'layers', but this is {}",
                                value.is(Value::Kind::map) ? "a map with neither" : value.description()));
    return spec;
  }
  check_keys(value, hidden != nullptr, diagnostics);
  if (const Value* initializer = value.find("initializer")) {
    initialize::parse(*initializer, diagnostics);
    spec.initializer_ = *initializer;
  }
  if (hidden != nullptr) {
    spec.layers_ = short_form(value, *hidden, diagnostics);
  } else if (layers->is(Value::Kind::list)) {
    for (const Value& layer : layers->items())
      spec.layers_.push_back(Reader(diagnostics).layer(layer, false));
  } else {
    diagnostics.add(layers->location(),
                    fmt::format("'layers' must be a list such as [{{linear: 128}}, relu], but is {}",
                                layers->description()));
  }
  return spec;
}

Value NetworkSpec::hidden(std::initializer_list<int> sizes, const char* activation) {
  Value list = Value::list();
  for (const int size : sizes) list.items().push_back(Value::of(size));
  Value spec = Value::map();
  spec.set("hidden", std::move(list));
  spec.set("activation", Value::of(activation));
  return spec;
}

std::vector<std::string> NetworkSpec::layer_names() {
  return names_of(false);
}
std::vector<std::string> NetworkSpec::activation_names() {
  return names_of(true);
}
std::vector<std::string> NetworkSpec::initializer_names() {
  return initialize::names();
}
std::span<const NetworkSpec::Key> NetworkSpec::keys() {
  return network_keys;
}
std::vector<NamedPart> NetworkSpec::parts() {
  std::vector<NamedPart> result;
  for (const Kind& kind : kinds) {
    const bool has_standard = kind.argument != Kind::none && !needs_number(kind);
    result.push_back({kind.name, argument_names[kind.argument],
                      has_standard ? std::optional(kind.default_value) : std::nullopt, kind.meaning,
                      kind.is_activation});
  }
  return result;
}

}  // namespace descent
