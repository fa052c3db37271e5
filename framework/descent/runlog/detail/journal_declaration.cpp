#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/json.hpp"

namespace descent::runlog {

namespace {

// JSON tells whole numbers from others by their look alone, and these are told apart in log.h5.
Value marked(const Value& value) {
  if (!value.is(Value::Kind::number)) return value;
  Value number = Value::map();
  number.set("number", value);
  return number;
}

Value unmarked(const Value& value) {
  const Value* number = value.find("number");
  return number == nullptr || !number->is_number() ? value : Value::of(number->number());
}

Value texts(const std::vector<std::string>& list) {
  Value all = Value::list();
  for (const std::string& text : list) all.items().push_back(Value::of(text));
  return all;
}

template <class Items, class Make>
Value list_of(const Items& items, Make make) {
  Value list = Value::list();
  for (const auto& item : items) {
    Value entry = Value::map();
    make(item, entry);
    list.items().push_back(std::move(entry));
  }
  return list;
}

Value list_of(const std::vector<TensorSeries>& all) {
  return list_of(all, [](const TensorSeries& series, Value& entry) {
    entry.set("path", Value::of(series.path));
    Value extents = Value::list();
    for (const std::int64_t extent : series.shape.extents()) extents.items().push_back(Value::of(extent));
    entry.set("shape", std::move(extents));
    entry.set("dimensions", texts(series.dimensions));
    entry.set("description", Value::of(series.description));
    entry.set("compress", Value::of(series.compress));
    entry.set("image", Value::of(series.image));
    entry.set("minimum", Value::of(series.minimum));
    entry.set("maximum", Value::of(series.maximum));
  });
}

/// Looks things up in a declaration; what is missing or of another kind is an Error.
class Entry {
 public:
  explicit Entry(const Value& value) : value_(value) {}

  const Value& at(const char* key) const {
    const Value* found = value_.find(key);
    if (found == nullptr) throw Error(fmt::format("a journal's declaration has no '{}'", key));
    return *found;
  }
  const Value& of_kind(const char* key, Value::Kind kind) const {
    const Value& found = at(key);
    if (!found.is(kind))
      throw Error(fmt::format("'{}' of a journal's declaration is {}", key, found.description()));
    return found;
  }
  std::string text(const char* key) const { return of_kind(key, Value::Kind::text).text(); }
  bool boolean(const char* key) const { return of_kind(key, Value::Kind::boolean).boolean(); }
  /// False where an early build of 0.2 wrote nothing of it.
  bool is_true(const char* key) const { return value_.find(key) != nullptr && boolean(key); }
  std::int64_t integer(const char* key) const { return of_kind(key, Value::Kind::integer).integer(); }
  double number(const char* key) const {
    if (at(key).is_number()) return at(key).number();
    throw Error(fmt::format("'{}' of a journal's declaration is {}", key, at(key).description()));
  }
  const std::vector<Value>& list(const char* key) const { return of_kind(key, Value::Kind::list).items(); }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> all;
    for (const Value& item : list(key)) {
      if (!item.is(Value::Kind::text))
        throw Error(fmt::format("'{}' of a journal's declaration has {}", key, item.description()));
      all.push_back(item.text());
    }
    return all;
  }

 private:
  const Value& value_;
};

std::vector<TensorSeries> tensors_of(const std::vector<Value>& list) {
  std::vector<TensorSeries> all;
  for (const Value& item : list) {
    const Entry entry(item);
    std::vector<std::int64_t> extents;
    for (const Value& extent : entry.list("shape")) {
      if (!extent.is(Value::Kind::integer))
        throw Error("a shape of a journal's declaration is not of whole numbers");
      extents.push_back(extent.integer());
    }
    TensorSeries series{entry.text("path"), Shape(extents), entry.texts("dimensions"),
                        entry.text("description"), entry.boolean("compress")};
    series.image = entry.boolean("image");
    series.minimum = entry.number("minimum");
    series.maximum = entry.number("maximum");
    all.push_back(std::move(series));
  }
  return all;
}

}  // namespace

std::string journal_declaration(const LogSchema& schema) {
  Value all = Value::map();
  all.set("schema_version", Value::of(log_schema_version));
  all.set("scalar_bytes", Value::of(static_cast<std::int64_t>(sizeof(Scalar))));
  all.set("run_id", Value::of(schema.run_id));
  Value provenance = Value::map();
  for (const Value::Entry& entry : schema.provenance.entries())
    provenance.set(entry.key, marked(entry.value));
  all.set("provenance", std::move(provenance));
  all.set("experiment", Value::of(schema.experiment));
  all.set("plugins", list_of(schema.plugins, [](const PluginRow& plugin, Value& entry) {
            entry.set("kind", Value::of(plugin.kind));
            entry.set("name", Value::of(plugin.name));
            entry.set("version", Value::of(plugin.version));
            entry.set("path", Value::of(plugin.path));
            entry.set("sha256", Value::of(plugin.sha256));
          }));
  all.set("sets", list_of(schema.sets, [](const MetricSet& set, Value& entry) {
            entry.set("name", Value::of(set.name));
            entry.set("columns", list_of(set.columns, [](const MetricColumn& column, Value& one) {
                        one.set("name", Value::of(column.name));
                        one.set("unit", Value::of(column.unit));
                        one.set("description", Value::of(column.description));
                        one.set("direction", Value::of(column.direction));
                        one.set("note", Value::of(column.note));
                        one.set("beside_first", Value::of(column.beside_first));
                        one.set("logarithmic", Value::of(column.logarithmic));
                      }));
          }));
  all.set("tensors", list_of(schema.tensors));
  all.set("histograms", list_of(schema.histograms, [](const HistogramSeries& series, Value& entry) {
            entry.set("path", Value::of(series.path));
            entry.set("bins", Value::of(series.bins));
            entry.set("description", Value::of(series.description));
          }));
  all.set("samples", list_of(schema.samples));
  return json(all);
}

LogSchema schema_of_declaration(std::string_view text, std::size_t& scalar_bytes) {
  const Value value = parse_json(text, {});
  const Entry all(value);
  if (all.integer("schema_version") > log_schema_version)
    throw Error("the journal was written by a newer Descent");
  scalar_bytes = static_cast<std::size_t>(all.integer("scalar_bytes"));
  if (scalar_bytes != sizeof(float) && scalar_bytes != sizeof(double))
    throw Error(fmt::format("the journal is of numbers of {} bytes", scalar_bytes));
  LogSchema schema;
  schema.run_id = all.text("run_id");
  for (const Value::Entry& entry : all.of_kind("provenance", Value::Kind::map).entries())
    schema.provenance.set(entry.key, unmarked(entry.value));
  schema.experiment = all.text("experiment");
  for (const Value& item : all.list("plugins")) {
    const Entry entry(item);
    schema.plugins.push_back({entry.text("kind"), entry.text("name"), entry.text("version"),
                              entry.text("path"), entry.text("sha256")});
  }
  for (const Value& item : all.list("sets")) {
    const Entry entry(item);
    MetricSet set{entry.text("name"), {}};
    for (const Value& column : entry.list("columns")) {
      const Entry one(column);
      set.columns.push_back({one.text("name"), one.text("unit"), one.text("description"),
                             one.text("direction"), one.text("note"), one.is_true("beside_first"),
                             one.is_true("logarithmic")});
    }
    schema.sets.push_back(std::move(set));
  }
  schema.tensors = tensors_of(all.list("tensors"));
  for (const Value& item : all.list("histograms")) {
    const Entry entry(item);
    schema.histograms.push_back({entry.text("path"), entry.integer("bins"), entry.text("description")});
  }
  schema.samples = tensors_of(all.list("samples"));
  schema.check();
  return schema;
}

}  // namespace descent::runlog
