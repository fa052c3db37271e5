#include "descent/nn/network_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"

namespace descent {

namespace {

const std::array network_keys{
    NetworkSpec::Key{"hidden", "short", "list of whole numbers", "the widths of the hidden layers", ""},
    NetworkSpec::Key{"activation", "short", "layer", "after each of them",
                     "relu; of a plugin's option, its default's"},
    NetworkSpec::Key{"batch_norm", "short", "true or false", "between each and its activation", "false"},
    NetworkSpec::Key{"dropout", "short", "number in [0, 1)", "the rate after each activation", "0: none"},
    NetworkSpec::Key{"layers", "long", "list of layers", "all layers, one after the other", ""},
    NetworkSpec::Key{"head", "both", "linear or none",
                     "the last layer, of the size that is asked of the network, where no other layer has the "
                     "size 'output'",
                     "linear"},
    NetworkSpec::Key{"initializer", "both", "initializer", "how layers start that name none",
                     "fan_in_uniform"},
};

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

bool read_flag(const Value& value, const char* key, Diagnostics& diagnostics) {
  const Value* given = value.find(key);
  if (given == nullptr) return false;
  if (given->is(Value::Kind::boolean)) return given->boolean();
  diagnostics.add(given->location(),
                  fmt::format("'{}' must be true or false, but is {}", key, given->description()));
  return false;
}

bool read_head(const Value& value, Diagnostics& diagnostics) {
  const Value* given = value.find("head");
  if (given == nullptr) return true;
  const bool is_word = given->is(Value::Kind::text);
  if (is_word && given->text() == "none") return false;
  if (!is_word || given->text() != "linear")
    diagnostics.add(given->location(),
                    fmt::format("'head' must be linear or none, but is {}", given->description()));
  return true;
}

Value entry_of(const char* layer, Value main_option) {
  const SourceLocation location = main_option.location();
  return Value::map({{layer, std::move(main_option), location}}).at(location);
}

// `hidden: [400, 400]` and the keys that go with it, as the entries of `layers` that it stands for.
std::vector<Value> short_form(const Value& value, const Value& hidden, Diagnostics& diagnostics) {
  const bool batch_norm = read_flag(value, "batch_norm", diagnostics);
  const Value* activation = value.find("activation");
  const Value* dropout = value.find("dropout");
  const bool drops = dropout != nullptr && !(dropout->is_number() && dropout->number() == 0);
  if (!hidden.is(Value::Kind::list)) {
    diagnostics.add(hidden.location(),
                    fmt::format("'hidden' must be a list of layer widths such as [128, 128], but is {}",
                                hidden.description()));
    return {};
  }
  std::vector<Value> entries;
  for (const Value& width : hidden.items()) {
    entries.push_back(entry_of("linear", width));
    if (batch_norm) entries.push_back(Value::of("batch_norm").at(value.location()));
    entries.push_back(activation == nullptr ? Value::of("relu").at(value.location()) : *activation);
    if (drops) entries.push_back(entry_of("dropout", *dropout));
  }
  return entries;
}

std::vector<Value> entries_of(const Value& value, Diagnostics& diagnostics) {
  if (const Value* hidden = value.find("hidden")) return short_form(value, *hidden, diagnostics);
  const Value& layers = *value.find("layers");
  if (layers.is(Value::Kind::list)) return layers.items();
  diagnostics.add(layers.location(),
                  fmt::format("'layers' must be a list such as [{{linear: 128}}, relu], but is {}",
                              layers.description()));
  return {};
}

}  // namespace

struct NetworkSpec::Layers {
  std::vector<MadeLayer> made;
  bool taken = false;
};

NetworkSpec NetworkSpec::parse(const Value& value, const LayerSource& source, Diagnostics& diagnostics) {
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
  spec.layers_ = std::make_shared<Layers>();
  std::vector<MadeLayer>& made = spec.layers_->made;
  const Value* activation = value.find("activation");
  bool activation_was_wrong = false;  // the short form makes it several times
  spec.resolved_ = value;
  for (const Value& entry : entries_of(value, diagnostics)) {
    Diagnostics of_entry;
    made.push_back(source.make(entry, of_entry));
    spec.names_output_ = spec.names_output_ || made.back().names_output;
    const bool is_activation = activation != nullptr && entry == *activation;
    if (is_activation) spec.resolved_.set("activation", made.back().resolved);
    if (!(is_activation && activation_was_wrong)) diagnostics.append(of_entry);
    activation_was_wrong = activation_was_wrong || (is_activation && !of_entry.empty());
  }
  if (hidden == nullptr && layers->is(Value::Kind::list)) {
    Value list = Value::list().at(layers->location());
    for (const MadeLayer& layer : made) list.items().push_back(layer.resolved);
    spec.resolved_.set("layers", std::move(list));
  }
  if (read_head(value, diagnostics) && !spec.names_output_) {
    spec.has_head_ = true;
    made.push_back(source.make(entry_of("linear", Value::of("output").at(value.location())), diagnostics));
  }
  spec.flattens_ = !made.empty() && made.front().layer != nullptr && made.front().layer->flattens();
  return spec;
}

NetworkSpec NetworkSpec::parse_layers(const Value& value, const LayerSource& source,
                                      Diagnostics& diagnostics) {
  NetworkSpec spec;
  spec.layers_ = std::make_shared<Layers>();
  spec.resolved_ = Value::list().at(value.location());
  for (const Value& entry : value.is(Value::Kind::list) ? value.items() : std::vector<Value>{value}) {
    MadeLayer& made = spec.layers_->made.emplace_back(source.make(entry, diagnostics));
    spec.names_output_ = spec.names_output_ || made.names_output;
    spec.resolved_.items().push_back(made.resolved);
  }
  spec.initializer_ = Value();
  return spec;
}

std::vector<MadeLayer> NetworkSpec::take_layers() {
  if (layers_ == nullptr) return {};
  std::vector<MadeLayer> taken;
  for (MadeLayer& made : layers_->made) {
    taken.push_back({layers_->taken ? made.make_again() : std::move(made.layer), made.title, made.resolved,
                     made.initializer, made.names_output, made.tap, made.make_again});
  }
  layers_->taken = true;
  return taken;
}

Value NetworkSpec::hidden(std::initializer_list<int> sizes, const char* activation) {
  Value list = Value::list();
  for (const int size : sizes) list.items().push_back(Value::of(size));
  Value spec = Value::map();
  spec.set("hidden", std::move(list));
  spec.set("activation", Value::of(activation));
  return spec;
}

std::span<const NetworkSpec::Key> NetworkSpec::keys() {
  return network_keys;
}

}  // namespace descent
