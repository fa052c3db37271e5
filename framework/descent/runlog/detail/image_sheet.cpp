#include "descent/runlog/detail/image_sheet.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/runlog/log_reader.hpp"

namespace descent::runlog {

std::string sheet_path(std::string_view images_path) {
  return hdf5::sheet_name(std::string(images_path));
}

Shape sheet_shape(const Shape& images) {
  return Shape(hdf5::ImageSheet(images).extents());
}

}  // namespace descent::runlog

namespace descent::runlog::hdf5 {

namespace {

constexpr std::int64_t colors = 3;

struct Selection {
  std::vector<hsize_t> start, stride, count, block;
  bool operator==(const Selection&) const = default;
};

// All snapshots of a part of each: as many as there will be, or `snapshots` for good.
Selection selection_of(const std::vector<hsize_t>& place, const std::vector<hsize_t>& block,
                       const std::optional<std::int64_t>& snapshots) {
  const std::size_t rank = place.size() + 1;
  Selection selection{{0}, std::vector<hsize_t>(rank, 1), std::vector<hsize_t>(rank, 1), {1}};
  selection.start.insert(selection.start.end(), place.begin(), place.end());
  selection.block.insert(selection.block.end(), block.begin(), block.end());
  selection.count.front() = snapshots ? static_cast<hsize_t>(*snapshots) : H5S_UNLIMITED;
  return selection;
}

// As HDF5 writes it down: one block where the blocks touch.
Selection normal_form(Selection selection) {
  for (std::size_t i = 0; i < selection.count.size(); ++i) {
    const bool touch = selection.count[i] == 1 || selection.stride[i] == selection.block[i];
    if (!touch) continue;
    if (selection.count[i] == H5S_UNLIMITED || selection.block[i] == H5S_UNLIMITED)
      selection.block[i] = H5S_UNLIMITED;
    else
      selection.block[i] *= selection.count[i];
    selection.count[i] = selection.stride[i] = 1;
  }
  return selection;
}

Handle space_of(std::span<const std::int64_t> extents, const std::optional<std::int64_t>& snapshots) {
  std::vector<hsize_t> size = {snapshots ? static_cast<hsize_t>(*snapshots) : 0};
  size.insert(size.end(), extents.begin(), extents.end());
  std::vector<hsize_t> most = size;
  if (!snapshots) most.front() = H5S_UNLIMITED;
  return {H5Screate_simple(static_cast<int>(size.size()), size.data(), most.data()), H5Sclose,
          "set up a sheet of images"};
}

void select(hid_t space, const Selection& selection) {
  check(H5Sselect_hyperslab(space, H5S_SELECT_SET, selection.start.data(), selection.stride.data(),
                            selection.count.data(), selection.block.data()),
        "set up a sheet of images");
}

std::optional<Selection> selected(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || H5Sget_select_type(space) != H5S_SEL_HYPERSLABS || H5Sis_regular_hyperslab(space) <= 0)
    return std::nullopt;
  const std::vector<hsize_t> zeros(static_cast<std::size_t>(rank));
  Selection selection{zeros, zeros, zeros, zeros};
  check(H5Sget_regular_hyperslab(space, selection.start.data(), selection.stride.data(),
                                 selection.count.data(), selection.block.data()),
        "look at a sheet of images");
  return selection;
}

template <class Get>
std::string text_of(Get get) {
  const ssize_t size = get(nullptr, 0);
  if (size < 0) throw Failure("look at a sheet of images");
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  if (get(text.data(), text.size()) < 0) throw Failure("look at a sheet of images");
  text.pop_back();
  return text;
}

}  // namespace

ImageSheet::ImageSheet(const Shape& images)
    : images_(std::min(images[0], most_images)),
      height_(images[1]),
      width_(images[2]),
      channels_(images.rank() == 3 ? 0 : images[3]) {
  columns_ = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(images_))));
  rows_ = (images_ + columns_ - 1) / columns_;
}

std::vector<std::int64_t> ImageSheet::extents() const {
  return {rows_ * height_, columns_ * width_, colors};
}

std::vector<ImageSheet::Tile> ImageSheet::tiles() const {
  const auto height = static_cast<hsize_t>(height_), width = static_cast<hsize_t>(width_);
  // Colors are shown as they are, a gray image in each of the three.
  const std::int64_t copies = channels_ == colors ? 1 : colors;
  const hsize_t depth = channels_ == colors ? colors : 1;
  std::vector<Tile> tiles;
  for (std::int64_t image = 0; image < images_; ++image)
    for (std::int64_t copy = 0; copy < copies; ++copy) {
      Tile tile{{static_cast<hsize_t>(image), 0, 0},
                {1, height, width},
                {static_cast<hsize_t>(image / columns_) * height,
                 static_cast<hsize_t>(image % columns_) * width, static_cast<hsize_t>(copy)},
                {height, width, depth}};
      if (channels_ > 0) {
        tile.source.push_back(0);
        tile.source_block.push_back(depth);
      }
      tiles.push_back(std::move(tile));
    }
  return tiles;
}

std::string sheet_name(const std::string& images) {
  return images + "_sheet";
}

bool wants_sheet(const LogSchema& schema, const TensorSeries& series) {
  const std::string name = sheet_name(series.path);
  return series.image &&
         std::none_of(schema.samples.begin(), schema.samples.end(), [&](const TensorSeries& other) {
           return other.path == name || other.path.starts_with(name + "/") || other.path + "_step" == name;
         });
}

Handle create_sheet(hid_t group, const std::string& name, const Shape& images, hid_t type, double background,
                    const std::optional<std::int64_t>& packed) {
  // Without snapshots there is nothing to pack, and the images are ready to grow.
  const std::optional<std::int64_t> snapshots = packed.value_or(0) == 0 ? std::nullopt : packed;
  const ImageSheet sheet(images);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "set up a sheet of images");
  check(H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &background), "set up a sheet of images");
  const Handle from = space_of(images.extents(), snapshots), to = space_of(sheet.extents(), snapshots);
  const std::string source =
      text_of([&](char* out, std::size_t size) { return H5Iget_name(group, out, size); }) + "/" + name;
  for (const ImageSheet::Tile& tile : sheet.tiles()) {
    select(from, selection_of(tile.source, tile.source_block, snapshots));
    select(to, selection_of(tile.place, tile.place_block, snapshots));
    check(H5Pset_virtual(creation, to, ".", source.c_str(), from), "set up a sheet of images");
  }
  check(H5Sselect_all(to), "set up a sheet of images");
  const std::string own = sheet_name(name);
  return {H5Dcreate2(group, own.c_str(), type, to, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
          "create " + own};
}

bool has_sheet(hid_t group, const std::string& name) {
  const std::string own = sheet_name(name);
  return exists(group, own) && !is_group(group, own) && is_virtual(group, own);
}

std::string sheet_damage(hid_t group, const std::string& name, const Shape& images) {
  const Handle dataset = open_virtual_dataset(group, sheet_name(name));
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "look at a sheet of images");
  const std::vector<ImageSheet::Tile> tiles = ImageSheet(images).tiles();
  std::size_t count = 0;
  check(H5Pget_virtual_count(creation, &count), "look at a sheet of images");
  if (count != tiles.size()) return "it shows other parts of the images than it should";
  const std::string source =
      text_of([&](char* out, std::size_t size) { return H5Iget_name(group, out, size); }) + "/" + name;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string file =
        text_of([&](char* out, std::size_t size) { return H5Pget_virtual_filename(creation, i, out, size); });
    const std::string shown =
        text_of([&](char* out, std::size_t size) { return H5Pget_virtual_dsetname(creation, i, out, size); });
    if (file != ".") return "it shows numbers of another file, '" + file + "'";
    if (shown != source) return "it shows '" + shown + "'";
    const Handle from(H5Pget_virtual_srcspace(creation, i), H5Sclose, "look at a sheet of images");
    const Handle to(H5Pget_virtual_vspace(creation, i), H5Sclose, "look at a sheet of images");
    const auto taken = selected(from), placed = selected(to);
    const bool alike =
        taken && placed && !taken->count.empty() && taken->count.front() == placed->count.front();
    if (!alike) return "it shows other parts of the images than it should";
    const std::optional<std::int64_t> snapshots =
        taken->count.front() == H5S_UNLIMITED || taken->block.front() == H5S_UNLIMITED
            ? std::nullopt
            : std::optional(static_cast<std::int64_t>(taken->count.front() * taken->block.front()));
    if (normal_form(*taken) != normal_form(selection_of(tiles[i].source, tiles[i].source_block, snapshots)) ||
        normal_form(*placed) != normal_form(selection_of(tiles[i].place, tiles[i].place_block, snapshots)))
      return "it shows other parts of the images than it should";
  }
  return "";
}

}  // namespace descent::runlog::hdf5
