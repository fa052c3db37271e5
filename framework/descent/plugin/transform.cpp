#include "descent/plugin/transform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "descent/base/text.hpp"
#include "descent/kernels/random.hpp"

namespace descent {

Draws::Draws(const Reading& reading, Split split, std::span<const std::int64_t> indices, std::size_t place)
    : reading_(reading), split_(split), indices_(indices), place_(place) {}

// Without a string on the heap: it is made for every batch.
std::uint64_t Draws::key(Fresh fresh) const {
  std::array<char, 64> name{};
  const auto written =
      fmt::format_to_n(name.begin(), name.size(), "transforms/{}/{}{}", place_, split_name(split_),
                       fresh == Fresh::draw && !reading_.training ? "/measured" : "");
  return stream_key(fresh == Fresh::fixed ? 0 : reading_.seed, std::string_view(name.data(), written.size));
}

RandomStream Draws::stream(std::int64_t row, Fresh fresh) const {
  const auto word = [](std::int64_t number) { return static_cast<std::uint32_t>(number); };
  if (indices_.empty()) return RandomStream(key(fresh), word(reading_.step), word(reading_.part), word(row));
  const std::int64_t index = indices_[static_cast<std::size_t>(row)];
  std::int64_t when = 0;
  if (fresh == Fresh::epoch || (fresh == Fresh::draw && reading_.training)) when = reading_.epoch;
  if (fresh == Fresh::draw && !reading_.training) when = reading_.step;
  return RandomStream(key(fresh), word(index), word(when), word(index >> 32));
}

Tensor Draws::uniform(const Shape& shape, Fresh fresh) const {
  Tensor out = Tensor::empty(shape);
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    RandomStream random = stream(row, fresh);
    Tensor numbers = out.row_range(row, row + 1);
    kernels::fill_uniform(random, numbers);
  }
  return out;
}

Tensor Draws::normal(const Shape& shape) const {
  Tensor out = Tensor::empty(shape);
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    RandomStream random = stream(row);
    Tensor numbers = out.row_range(row, row + 1);
    kernels::fill_normal(random, numbers);
  }
  return out;
}

Transform::~Transform() = default;
bool Transform::suits(const Field& candidate) const {
  return candidate.classes == 0;
}
bool Transform::training_only() const {
  return false;
}
bool Transform::keeps_draws() const {
  return false;
}
bool Transform::learns() const {
  return false;
}
void Transform::learn(std::span<const double>, std::span<const double>) {}

const std::vector<TransformKind>& transform_kinds() {
  static const std::vector<TransformKind> all = [] {
    std::vector<TransformKind> kinds = value_transforms();
    for (TransformKind& kind : image_transforms()) kinds.push_back(std::move(kind));
    std::sort(kinds.begin(), kinds.end(), [](const TransformKind& a, const TransformKind& b) {
      return std::string_view(a.name) < std::string_view(b.name);
    });
    return kinds;
  }();
  return all;
}

namespace {

/// Options of transforms name no layers.
class NoLayers final : public LayerSource {
 public:
  MadeLayer make(const Value& entry, Diagnostics& diagnostics) const override {
    diagnostics.add(entry.location(), "no layers are known here");
    return {};
  }
};

const TransformKind* find_kind(const std::string& name, const SourceLocation& location,
                               Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const TransformKind& kind : transform_kinds()) {
    if (kind.name == name) return &kind;
    names.emplace_back(kind.name);
  }
  diagnostics.add({location, fmt::format("there is no transform '{}'{}", name, suggestion(name, names)),
                   codes::unknown_name, name});
  return nullptr;
}

// The options in a map, of an entry `NAME`, `{NAME: MAIN OPTION}` or `{NAME: {OPTIONS}}`.
Value options_of(const TransformKind& kind, const Value& given, const SourceLocation& location,
                 Diagnostics& diagnostics) {
  Value section = Value::map().at(location);
  if (given.is(Value::Kind::null)) return section;
  if (given.is(Value::Kind::map)) return given;
  if (const Option* main = kind.options->main_option()) {
    section.entries().push_back({main->name, given, location});
    return section;
  }
  diagnostics.add(
      given.location(),
      fmt::format("transform '{}' takes no {}; its options go into a map, {{{}: {{OPTION: VALUE}}}}",
                  kind.name, given.description(), kind.name));
  return section;
}

void add_transform(const Value& entry, MadeTransforms& made, Diagnostics& diagnostics) {
  const bool is_name = entry.is(Value::Kind::text);
  if (!is_name && (!entry.is(Value::Kind::map) || entry.entries().size() != 1)) {
    diagnostics.add(entry.location(),
                    fmt::format("a transform is a name or a map of one, such as {{crop: 4}}, but this is {}",
                                entry.description()));
    return;
  }
  const std::string name = is_name ? entry.text() : entry.entries()[0].key;
  const TransformKind* kind = find_kind(name, entry.location(), diagnostics);
  if (kind == nullptr) return;
  const Value section =
      options_of(*kind, is_name ? Value() : entry.entries()[0].value, entry.location(), diagnostics);
  std::shared_ptr<Transform> transform = kind->make();
  void* const object = kind->options_object(*transform);
  const NoLayers layers;
  const std::string title = fmt::format("transform '{}'", name);
  kind->options->read(section, title, {}, object, {layers, diagnostics});
  made.list.push_back({std::move(transform), title, entry.location()});
  made.resolved.items().push_back(
      Value::map({{name, kind->options->resolved(section, object), entry.location()}}).at(entry.location()));
}

}  // namespace

MadeTransforms make_transforms(const Value& list, Diagnostics& diagnostics) {
  MadeTransforms made;
  made.resolved = Value::list().at(list.location());
  if (list.is(Value::Kind::null)) return made;
  if (!list.is(Value::Kind::list)) {
    diagnostics.add(list.location(),
                    fmt::format("'transforms' is a list, such as [flip, {{crop: 4}}], but this is {}",
                                list.description()));
    return made;
  }
  for (const Value& entry : list.items()) add_transform(entry, made, diagnostics);
  return made;
}

}  // namespace descent
