#include "descent/runlog/detail/table_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/detail/open_hdf5.hpp"
#include "descent/runlog/detail/text_column.hpp"
#include "descent/runlog/durable_file.hpp"

namespace descent::runlog {

namespace {

using hdf5::Handle;

/// Version 1 had none.
constexpr std::int64_t first_version_with_checksums = 2;

Handle create(hid_t group, const std::string& name, hid_t type, std::size_t rows) {
  const hsize_t size = rows;
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose, "describe " + name);
  return {H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose,
          "create " + name};
}

// Numbers lie in the file as they do in memory: little-endian.
void write_whole(hid_t dataset, hid_t type, std::size_t rows, std::span<const std::byte> values) {
  if (rows > 0) hdf5::write_slab(dataset, type, 0, static_cast<std::int64_t>(rows), values.data());
  hdf5::write_checksum(dataset, values);
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<std::int64_t>& numbers) {
  Handle dataset = create(group, name, H5T_STD_I64LE, numbers.size());
  write_whole(dataset, H5T_NATIVE_INT64, numbers.size(), std::as_bytes(std::span(numbers)));
  return dataset;
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<double>& numbers) {
  Handle dataset = create(group, name, H5T_IEEE_F64LE, numbers.size());
  write_whole(dataset, H5T_NATIVE_DOUBLE, numbers.size(), std::as_bytes(std::span(numbers)));
  return dataset;
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<std::string>& texts) {
  return hdf5::write_text_column(group, name, texts);
}

void write_attributes(hid_t object, const Value& attributes) {
  for (const Value::Entry& entry : attributes.entries())
    hdf5::write_attribute(object, entry.key, entry.value);
}

void write_columns(hid_t file, const std::vector<TableColumn>& columns) {
  const Handle group = hdf5::require_group(file, "/table");
  Handle index;
  for (const TableColumn& column : columns) {
    Handle dataset =
        std::visit([&](const auto& cells) { return write_cells(group, column.name, cells); }, column.cells);
    write_attributes(dataset, column.attributes);
    if (index >= 0) {
      hdf5::check(H5DSattach_scale(dataset, index, 0), "attach a scale");
      dataset.close("write " + column.name);
    } else {
      hdf5::make_scale(dataset, column.name);
      index = std::move(dataset);
    }
  }
  index.close("write the rows' numbers");
}

// NeXus viewers open on the signal, drawn over the rows.
void describe_plot(hid_t file, const TableFile& table) {
  hdf5::write_attribute(file, "NX_class", Value::of("NXroot"));
  hdf5::write_attribute(file, "default", Value::of("table"));
  const Handle group = hdf5::open_group(file, "/table");
  hdf5::write_attribute(group, "NX_class", Value::of("NXdata"));
  hdf5::write_attribute(group, "signal", Value::of(table.signal));
  hdf5::write_texts_attribute(group, "axes", {table.columns.front().name});
  if (!table.beside.empty()) hdf5::write_texts_attribute(group, "auxiliary_signals", table.beside);
}

void write_links(hid_t file, const std::vector<FileLink>& links) {
  for (const FileLink& link : links) {
    const std::filesystem::path path = link.path;
    hdf5::require_group(file, path.parent_path().string());
    hdf5::check(H5Lcreate_external(link.file.c_str(), "/", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                "link " + link.path);
  }
}

std::vector<std::string> damage_of(hid_t file) {
  std::vector<std::string> damage;
  const Handle group = hdf5::open_group(file, "/table");
  for (const std::string& name : hdf5::names(group)) {
    try {
      const bool whole = hdf5::is_text_column(group, name)
                             ? hdf5::text_column_has_its_checksum(file, group, name)
                             : hdf5::has_its_checksum(hdf5::open_dataset(group, name));
      if (!whole) damage.push_back(fmt::format("/table/{} differs from its checksum", name));
    } catch (const hdf5::Failure& failure) {
      damage.push_back(fmt::format("/table/{}: {}", name, failure.what()));
    }
  }
  return damage;
}

// What was written, before it replaces an older file.
void read_back(const std::filesystem::path& path, const TableFile& table) {
  const Handle file = hdf5::open_file(path, H5F_ACC_RDONLY);
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  if (hdf5::names(hdf5::open_group(file, "/table")) != names)
    throw std::runtime_error("read back, it lacks columns");
  if (const std::vector<std::string> damage = damage_of(file); !damage.empty())
    throw std::runtime_error("read back, it is damaged: " + damage.front());
}

}  // namespace

void write_table_file(const std::filesystem::path& path, const TableFile& table) {
  const hdf5::Lock lock;
  const std::filesystem::path part = part_of(path);
  Handle file;
  try {
    std::filesystem::remove(part);
    file = hdf5::create_file(part);
    write_attributes(file, table.attributes);
    write_columns(file, table.columns);
    if (!table.signal.empty()) describe_plot(file, table);
    write_links(file, table.links);
    file.close("close the file");
    read_back(part, table);
    publish_durably(path);
  } catch (const std::exception& failure) {
    file.discard();
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw RunError(fmt::format("cannot write '{}': {}", path.string(), failure.what()));
  }
}

std::vector<std::string> verify_table_file(const std::filesystem::path& path, const std::string& schema,
                                           std::int64_t version) {
  const hdf5::Lock lock;
  const hdf5::Reading reading = hdf5::open_for_reading(path, "table of a sweep", schema, version);
  try {
    if (hdf5::read_attribute(reading.file, "schema_version").integer() < first_version_with_checksums)
      return {"it was written by an earlier version and has no checksums; descent collect makes it anew"};
    return damage_of(reading.file);
  } catch (const hdf5::Failure& failure) {
    return {failure.what()};
  }
}

}  // namespace descent::runlog
