#include "descent/runlog/detail/image_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/runlog/detail/heap_bytes.hpp"
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

std::string path_of(hid_t group, const std::string& name) {
  const ssize_t size = H5Iget_name(group, nullptr, 0);
  if (size < 0) throw Failure("look at a sheet of images");
  std::string path(static_cast<std::size_t>(size) + 1, '\0');
  if (H5Iget_name(group, path.data(), path.size()) < 0) throw Failure("look at a sheet of images");
  path.back() = '/';
  return path + name;
}

haddr_t header_of(hid_t parent, const std::string& path) {
  H5O_info_t info;
  check(H5Oget_info_by_name2(parent, path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT), "look at " + path);
  return info.addr;
}

// What HDF5 writes down of the mappings of a virtual dataset; nothing where it is none.
std::optional<std::string> mappings(const FileBytes& bytes, haddr_t header) {
  const auto place = virtual_mappings(bytes, header);
  if (!place) return std::nullopt;
  return std::string(GlobalHeap(bytes).object(place->collection, place->index));
}

// The same of a sheet made anew, in a file in memory.
std::string expected_mappings(const std::string& group_path, const std::string& name, const Shape& images,
                              const std::optional<std::int64_t>& packed) {
  const Handle access = file_access();
  check(H5Pset_fapl_core(access, std::size_t{1} << 16, false), "set up a file in memory");
  const Handle file(H5Fcreate("sheet", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose,
                    "make a file in memory");
  {
    const Handle group = require_group(file, group_path);
    Handle sheet = create_sheet(group, name, images, H5T_IEEE_F32LE, 0, packed);
    sheet.close("close a sheet of images");
  }
  check(H5Fflush(file, H5F_SCOPE_GLOBAL), "make a file in memory");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  if (size < 0) throw Failure("make a file in memory");
  std::string image(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file, image.data(), image.size()) < 0) throw Failure("make a file in memory");
  const auto made =
      mappings(FileBytes(std::move(image)), header_of(file, group_path + "/" + sheet_name(name)));
  if (!made) throw Failure("make a sheet of images");
  return *made;
}

// In front of the first mapping (section III.E.2): a version, the number of mappings; then a file and a dataset, as texts that end
// with a zero.
std::string what_is_shown(std::string_view mappings, const std::string& images) {
  constexpr std::size_t head = 9;
  mappings.remove_prefix(std::min(head, mappings.size()));
  const std::string_view file = mappings.substr(0, mappings.find('\0'));
  if (file != ".") return fmt::format("it shows numbers of another file, '{}'", file);
  mappings.remove_prefix(std::min(file.size() + 1, mappings.size()));
  const std::string_view dataset = mappings.substr(0, mappings.find('\0'));
  return dataset == images ? "it shows other parts of the images than it should"
                           : fmt::format("it shows '{}'", dataset);
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
  const std::string source = path_of(group, name);
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
  return exists(group, own) && !is_group(group, own) && !exists(group, own + "_row_checksum");
}

std::string sheet_damage(hid_t file, const std::string& path, const Shape& images, std::int64_t snapshots) {
  const FileBytes bytes(file);
  const auto found = mappings(bytes, header_of(file, sheet_name(path)));
  if (!found) return "it is no virtual dataset";
  const std::size_t slash = path.rfind('/');
  const std::string group = fmt::format("/{}", std::string_view(path).substr(0, slash)),
                    name = path.substr(slash + 1);
  const bool right = *found == expected_mappings(group, name, images, std::nullopt) ||
                     (snapshots > 0 && *found == expected_mappings(group, name, images, snapshots));
  return right ? "" : what_is_shown(*found, fmt::format("/{}", path));
}

bool is_virtual(hid_t file, hid_t group, const std::string& name) {
  return virtual_mappings(FileBytes(file), header_of(group, name)).has_value();
}

}  // namespace descent::runlog::hdf5
