#include "descent/runlog/detail/table_file.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/durable_file.hpp"

namespace descent::runlog {

namespace {

using hdf5::Handle;

Handle create(hid_t group, const std::string& name, hid_t type, std::size_t rows) {
  const hsize_t size = rows;
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose, "describe " + name);
  return {H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose,
          "create " + name};
}

void write_whole(hid_t dataset, hid_t type, std::size_t rows, const void* values) {
  if (rows > 0) hdf5::write_slab(dataset, type, 0, static_cast<std::int64_t>(rows), values);
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<std::int64_t>& numbers) {
  Handle dataset = create(group, name, H5T_STD_I64LE, numbers.size());
  write_whole(dataset, H5T_NATIVE_INT64, numbers.size(), numbers.data());
  return dataset;
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<double>& numbers) {
  Handle dataset = create(group, name, H5T_IEEE_F64LE, numbers.size());
  write_whole(dataset, H5T_NATIVE_DOUBLE, numbers.size(), numbers.data());
  return dataset;
}

Handle write_cells(hid_t group, const std::string& name, const std::vector<std::string>& texts) {
  std::size_t width = 0;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::vector<char> bytes(texts.size() * (width + 1));
  for (std::size_t row = 0; row < texts.size(); ++row)
    std::copy(texts[row].begin(), texts[row].end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(row * (width + 1)));
  const Handle type = hdf5::text_type(width);
  Handle dataset = create(group, name, type, texts.size());
  write_whole(dataset, type, texts.size(), bytes.data());
  return dataset;
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
    } else {
      hdf5::make_scale(dataset, column.name);
      index = std::move(dataset);
    }
  }
}

void write_links(hid_t file, const std::vector<FileLink>& links) {
  for (const FileLink& link : links) {
    const std::filesystem::path path = link.path;
    hdf5::require_group(file, path.parent_path().string());
    hdf5::check(H5Lcreate_external(link.file.c_str(), "/", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                "link " + link.path);
  }
}

}  // namespace

void write_table_file(const std::filesystem::path& path, const TableFile& table) {
  const hdf5::Lock lock;
  const std::filesystem::path part = part_of(path);
  try {
    std::filesystem::remove(part);
    Handle file = hdf5::create_file(part);
    write_attributes(file, table.attributes);
    write_columns(file, table.columns);
    write_links(file, table.links);
    file.close("close the file");
    publish_durably(path);
  } catch (const std::exception& failure) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw RunError(fmt::format("cannot write '{}': {}", path.string(), failure.what()));
  }
}

}  // namespace descent::runlog
