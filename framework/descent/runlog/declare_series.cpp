#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "descent/runlog/detail/image_sheet.hpp"
#include "descent/runlog/detail/log_file.hpp"

namespace descent::runlog::hdf5 {

namespace {

// Steps and checksums of snapshots: few, so that a chunk is small.
constexpr std::int64_t step_chunk = 64;

struct Path {
  std::string group;
  std::string name;
};

Path split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

using Rows = std::optional<std::int64_t>;

void declare_companions(hid_t group, const std::string& name, hid_t values, const Rows& packed) {
  const Handle step =
      create_column(group, name + "_step", {.type = H5T_STD_I64LE, .chunk = step_chunk, .packed = packed});
  make_scale(step, name + "_step");
  describe_steps(step);
  const Handle checksum = create_column(group, name + "_row_checksum",
                                        {.type = H5T_STD_U32LE, .chunk = step_chunk, .packed = packed});
  write_attribute(checksum, "algorithm", Value::of("CRC-32C"));
  check(H5DSattach_scale(values, step, 0), "attach a scale");
  check(H5DSattach_scale(checksum, step, 0), "attach a scale");
}

// The first series of a group is what a viewer shows of it, at the snapshot that show_last_snapshot() chooses. Of two dimensions it
// shows all at once: steps against bins.
void describe_group(hid_t group, const std::string& signal, const std::string& series, std::size_t rank) {
  if (has_attribute(group, "signal")) return;
  write_attribute(group, "NX_class", Value::of("NXdata"));
  write_attribute(group, "signal", Value::of(signal));
  std::vector<std::string> axes(rank + 1, ".");
  axes.front() = series + "_step";
  write_texts_attribute(group, "axes", axes);
  if (rank < 2) return;
  constexpr std::size_t longest_number = 20;
  write_texts_attribute(group, "default_slice", default_slice(0, rank + 1, signal != series), longest_number);
}

void describe(hid_t dataset, const std::string& description) {
  if (!description.empty()) write_attribute(dataset, "long_name", Value::of(description));
}

// HDF5 Image and Palette Specification, version 1.2. HDF5 refuses to attach a scale to what is an image
// already.
void mark_image(hid_t dataset, const TensorSeries& series, bool color) {
  write_attribute(dataset, "CLASS", Value::of("IMAGE"));
  write_attribute(dataset, "IMAGE_VERSION", Value::of("1.2"));
  write_attribute(dataset, "IMAGE_SUBCLASS", Value::of(color ? "IMAGE_TRUECOLOR" : "IMAGE_GRAYSCALE"));
  if (color)
    write_attribute(dataset, "INTERLACE_MODE", Value::of("INTERLACE_PIXEL"));
  else
    write_attribute(dataset, "IMAGE_WHITE_IS_ZERO", Value::of(false));
  write_numbers_attribute(dataset, "IMAGE_MINMAXRANGE", {series.minimum, series.maximum});
}

void declare_tensor(hid_t file, const std::string& folder, const TensorSeries& series, const Layout& layout) {
  const Path path = split(folder + "/" + series.path);
  const Handle group = require_group(file, path.group);
  const Rows packed = layout.packed_rows(folder.substr(1) + "/" + series.path);
  const Handle values = create_column(group, path.name,
                                      {.type = layout.scalar_type(),
                                       .chunk = 1,
                                       .extents = series.shape.extents(),
                                       .compress = series.compress,
                                       .packed = packed});
  describe(values, series.description);
  declare_companions(group, path.name, values, packed);
}

void declare_sheet(hid_t file, const TensorSeries& series, const Layout& layout) {
  const Path path = split("/samples/" + series.path);
  const Handle group = open_group(file, path.group);
  const std::string name = sheet_name(path.name);
  const Handle sheet = create_sheet(group, path.name, series.shape, layout.scalar_type(), series.minimum,
                                    layout.packed_rows("samples/" + series.path));
  check(H5DSattach_scale(sheet, open_dataset(group, path.name + "_step"), 0), "attach a scale");
  const std::vector<std::int64_t> extents = ImageSheet(series.shape).extents();
  const char* words[] = {"row", "column", "color"};
  for (std::size_t i = 0; i < extents.size(); ++i)
    check(H5DSattach_scale(sheet, require_dimension(group, name, words[i], extents[i]),
                           static_cast<unsigned>(i + 1)),
          "attach a dimension");
  mark_image(sheet, series, true);
  // silx 1.1 knows no other word for pictures in colors; H5Web goes by the class of the image.
  write_attribute(sheet, "interpretation", Value::of("rgba-image"));
  describe(sheet,
           fmt::format("{}, side by side", series.description.empty() ? path.name : series.description));
}

void describe_series(hid_t file, const std::string& folder, const TensorSeries& series) {
  const Path path = split(folder + "/" + series.path);
  describe_group(open_group(file, path.group), path.name, path.name, series.shape.rank());
}

void declare_histogram(hid_t file, const HistogramSeries& series, const Layout& layout) {
  const Path path = split("/tensors/" + series.path);
  const Handle group = require_group(file, path.group);
  const Rows packed = layout.packed_rows("tensors/" + series.path);
  const auto snapshots_of = [&](hid_t type, const std::int64_t& extent) {
    return Column{.type = type, .chunk = 1, .extents = std::span(&extent, 1), .packed = packed};
  };
  const Handle counts = create_column(group, path.name, snapshots_of(H5T_STD_I64LE, series.bins));
  describe(counts, series.description);
  declare_companions(group, path.name, counts, packed);
  const std::int64_t ends = 2;
  const Handle limits = create_column(group, path.name + "_limits", snapshots_of(H5T_IEEE_F64LE, ends));
  check(H5DSattach_scale(limits, open_dataset(group, path.name + "_step"), 0), "attach a scale");
}

// Once every dataset has its name, the dimensions take what is free.
void attach_dimensions(hid_t file, const std::string& where, const std::vector<std::string>& words,
                       std::span<const std::int64_t> extents) {
  const Path path = split(where);
  const Handle group = open_group(file, path.group);
  const Handle dataset = open_dataset(group, path.name);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const std::string wanted = words.empty() ? fmt::format("{}_{}", path.name, i) : words[i];
    const Handle dimension = require_dimension(group, path.name, wanted, extents[i]);
    check(H5DSattach_scale(dataset, dimension, static_cast<unsigned>(i + 1)), "attach a dimension");
  }
}

}  // namespace

Handle require_dimension(hid_t group, const std::string& series, const std::string& wanted,
                         std::int64_t length) {
  const std::string netcdf_name =
      fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", length);
  for (const std::string& name : {wanted, series + "_" + wanted, series + "_dimension_" + wanted}) {
    if (!exists(group, name)) {
      const auto size = static_cast<hsize_t>(length);
      const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose, "set up a dimension");
      Handle scale(
          H5Dcreate2(group, name.c_str(), H5T_IEEE_F32BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          H5Dclose, "create the dimension " + name);
      make_scale(scale, netcdf_name);
      return scale;
    }
    if (is_group(group, name)) continue;
    Handle scale = open_dataset(group, name);
    if (read_text_attribute(scale, "NAME").starts_with(netcdf_name)) return scale;
  }
  throw std::runtime_error(
      fmt::format("the dimension '{}' of the series '{}' has a name that is taken", wanted, series));
}

void declare_series(hid_t file, const LogSchema& schema, const Layout& layout) {
  for (const TensorSeries& series : schema.tensors) declare_tensor(file, "/tensors", series, layout);
  for (const HistogramSeries& series : schema.histograms) declare_histogram(file, series, layout);
  for (const TensorSeries& series : schema.samples) declare_tensor(file, "/samples", series, layout);

  for (const TensorSeries& series : schema.tensors)
    attach_dimensions(file, "/tensors/" + series.path, series.dimensions, series.shape.extents());
  for (const TensorSeries& series : schema.samples)
    attach_dimensions(file, "/samples/" + series.path, series.dimensions, series.shape.extents());
  for (const HistogramSeries& series : schema.histograms) {
    const std::int64_t ends = 2;
    attach_dimensions(file, "/tensors/" + series.path, {"bin"}, std::span(&series.bins, 1));
    attach_dimensions(file, "/tensors/" + series.path + "_limits", {"end"}, std::span(&ends, 1));
  }
  for (const TensorSeries& series : schema.samples) {
    if (!series.image) continue;
    const bool color = series.shape.rank() == 4 && series.shape[3] == 3;
    mark_image(open_dataset(file, "/samples/" + series.path), series, color);
  }
  for (const TensorSeries& series : schema.samples)
    if (wants_sheet(schema, series)) {
      declare_sheet(file, series, layout);
      const Path path = split("/samples/" + series.path);
      describe_group(open_group(file, path.group), sheet_name(path.name), path.name, 3);
    }
  for (const TensorSeries& series : schema.tensors) describe_series(file, "/tensors", series);
  for (const HistogramSeries& series : schema.histograms) {
    const Path path = split("/tensors/" + series.path);
    describe_group(open_group(file, path.group), path.name, path.name, 1);
  }
  for (const TensorSeries& series : schema.samples) describe_series(file, "/samples", series);
}

void describe_steps(hid_t steps) {
  write_attribute(steps, "units", Value::of("1"));
  write_attribute(steps, "long_name", Value::of("step"));
}

std::vector<std::string> default_slice(std::int64_t snapshot, std::size_t rank, bool picture) {
  const std::size_t shown = picture ? 3 : 2;
  std::vector<std::string> slice;
  for (std::size_t i = 0; i < rank; ++i)
    slice.emplace_back(i + shown >= rank ? "." : fmt::format("{}", i == 0 ? snapshot : 0));
  return slice;
}

void show_last_snapshot(hid_t file, const std::string& path, std::int64_t snapshots) {
  const auto [folder, name] = split("/" + path);
  const Handle group = open_group(file, folder);
  if (snapshots == 0 || !has_attribute(group, "default_slice")) return;
  const std::string signal = read_text_attribute(group, "signal");
  if (signal != name && signal != sheet_name(name)) return;
  const std::size_t rank = read_texts_attribute(group, "default_slice").size();
  overwrite_texts_attribute(group, "default_slice", default_slice(snapshots - 1, rank, signal != name));
}

}  // namespace descent::runlog::hdf5
