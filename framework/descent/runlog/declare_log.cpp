#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/detail/plugin_table.hpp"
#include "descent/runlog/run_status.hpp"

namespace descent::runlog::hdf5 {

namespace {

// 4 KiB of a column: a short run stays small, a long one has few chunks.
constexpr std::int64_t column_chunk = 512;

void write_provenance(hid_t file, const LogSchema& schema) {
  write_attribute(file, "schema", Value::of("descent.log"));
  write_attribute(file, "schema_version", Value::of(log_schema_version));
  write_attribute(file, "run_id", Value::of(schema.run_id));
  write_text_attribute(file, "status", text(RunStatus::running), status_bytes);
  for (const Value::Entry& entry : schema.provenance.entries()) write_attribute(file, entry.key, entry.value);
  write_attribute(file, "NX_class", Value::of("NXroot"));
  if (!schema.sets.empty()) write_attribute(file, "default", Value::of("metrics"));
}

void write_experiment(hid_t file, const LogSchema& schema) {
  const Handle group = require_group(file, "/experiment");
  write_text(group, "yaml", schema.experiment);
  const PluginTable table(schema.plugins);
  const hsize_t count = schema.plugins.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "describe a table");
  Handle plugins(H5Dcreate2(group, "plugins", table.type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                 H5Dclose, "create the table of plugins");
  if (count > 0)
    check(H5Dwrite(plugins, table.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, table.bytes.data()),
          "write the table of plugins");
  write_checksum(plugins, std::as_bytes(std::span(table.bytes)));
  const Handle dimension = require_dimension(group, "plugins", "plugin", static_cast<std::int64_t>(count));
  check(H5DSattach_scale(plugins, dimension, 0), "attach a dimension");
  plugins.close("close the table of plugins");
}

void describe_column(hid_t column, const MetricColumn& metric) {
  write_attribute(column, "name", Value::of(metric.name));
  write_attribute(column, "units", Value::of(metric.unit));
  write_attribute(column, "long_name", Value::of(axis_label(metric)));
  write_attribute(column, "direction", Value::of(metric.direction));
  if (!metric.description.empty()) write_attribute(column, "description", Value::of(metric.description));
  if (!metric.note.empty()) write_attribute(column, "note", Value::of(metric.note));
  if (metric.logarithmic) write_attribute(column, "scale", Value::of("log"));
}

void describe_plot(hid_t group, const MetricSet& set) {
  write_attribute(group, "NX_class", Value::of("NXdata"));
  write_texts_attribute(group, "axes", {"step"});
  if (set.columns.empty()) return;
  write_attribute(group, "signal", Value::of(column_name(set.columns.front())));
  std::vector<std::string> beside;
  for (std::size_t i = 1; i < set.columns.size(); ++i)
    if (set.columns[i].beside_first) beside.push_back(column_name(set.columns[i]));
  if (!beside.empty()) write_texts_attribute(group, "auxiliary_signals", beside);
  if (set.columns.front().logarithmic)
    write_attribute(group, "SILX_style", Value::of(R"({"signal_scale_type": "log"})"));
}

void declare_set(hid_t metrics, const MetricSet& set, const Layout& layout) {
  const std::optional<std::int64_t> packed = layout.packed_rows("metrics/" + set.name);
  const auto column_of = [&](hid_t type) {
    return Column{.type = type, .chunk = column_chunk, .packed = packed};
  };
  const Handle group = require_group(metrics, set.name);
  const Handle step = create_column(group, "step", column_of(H5T_STD_I64LE));
  make_scale(step, "step");
  describe_steps(step);
  const auto attach = [&](hid_t column) { check(H5DSattach_scale(column, step, 0), "attach a scale"); };

  const Handle wall_time = create_column(group, "wall_time", column_of(H5T_IEEE_F64LE));
  write_attribute(wall_time, "units", Value::of("s"));
  write_attribute(wall_time, "long_name", Value::of("time since the run began (s)"));
  write_attribute(wall_time, "check", Value::of("the 16 lowest bits are those of the CRC-32C of the others"));
  attach(wall_time);
  // The time is in no checksum: two runs of one experiment have the same bits in all datasets but that one.
  std::vector<std::string> order = {"step"};
  for (const MetricColumn& metric : set.columns) {
    const std::string name = column_name(metric);
    const Handle column = create_column(group, name, column_of(H5T_IEEE_F64LE));
    describe_column(column, metric);
    attach(column);
    order.push_back(name);
  }
  const Handle checksum = create_column(group, "row_checksum", column_of(H5T_STD_U32LE));
  write_attribute(checksum, "algorithm", Value::of("CRC-32C"));
  write_texts_attribute(checksum, "columns", order);
  attach(checksum);

  describe_plot(group, set);
}

void declare_sets(hid_t file, const std::vector<MetricSet>& sets, const Layout& layout) {
  const Handle metrics = require_group(file, "/metrics");
  write_attribute(metrics, "NX_class", Value::of("NXentry"));
  if (!sets.empty()) write_attribute(metrics, "default", Value::of(sets.front().name));
  for (const MetricSet& set : sets) declare_set(metrics, set, layout);
}

}  // namespace

void make_scale(hid_t dataset, const std::string& name) {
  check(H5DSset_scale(dataset, name.c_str()), "make a scale of " + name);
}

void declare_log(const std::filesystem::path& path, const LogSchema& schema, const Layout& layout) {
  const Lock lock;
  Handle file = create_file(path);
  write_provenance(file, schema);
  write_experiment(file, schema);
  declare_sets(file, schema.sets, layout);
  declare_series(file, schema, layout);
  file.close("close the file");
}

}  // namespace descent::runlog::hdf5
