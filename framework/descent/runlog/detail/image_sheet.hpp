#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/schema.hpp"

/// # Sheets of images
///
/// Beside `/samples/NAME` lies `/samples/NAME_sheet`, a virtual dataset `[snapshot, rows·height, columns·width, 3]` that puts the
/// images of each snapshot side by side, for viewers that show one picture at a time. Its numbers are those of `NAME`: a mapping
/// for each image, and for gray images one for each of the three channels, which show the same. It grows with `NAME`, also while
/// that is written. Places without an image show the least value of the images' range. Internal.
namespace descent::runlog::hdf5 {

/// The images of a sheet, and where they are in it: row by row, in about as many columns as rows.
class ImageSheet {
 public:
  /// More images than this make no larger sheet: the first ones are shown. A mapping takes about 350 bytes of the file.
  static constexpr std::int64_t most_images = 256;

  /// `images`: (count, height, width), (count, height, width, 1) or (count, height, width, 3).
  explicit ImageSheet(const Shape& images);

  /// Of one snapshot: rows·height, columns·width, 3.
  std::vector<std::int64_t> extents() const;

  /// A part of the images, and where the sheet shows it; all but the first dimension, that of the snapshots.
  struct Tile {
    std::vector<hsize_t> source, source_block;
    std::vector<hsize_t> place, place_block;
  };
  std::vector<Tile> tiles() const;

 private:
  std::int64_t images_, rows_, columns_, height_, width_;
  std::int64_t channels_;  // 0: the images have no dimension of channels
};

/// The name of a sheet beside its images.
std::string sheet_name(const std::string& images);
/// Whether a log shows these samples in a sheet: they are images, and nothing else has its name.
bool wants_sheet(const LogSchema& schema, const TensorSeries& series);

/// Creates the sheet of the images `name` in the same group, of `type` and with `background` where there is no image. `packed`: the
/// number of snapshots that there are for good, if it is known.
Handle create_sheet(hid_t group, const std::string& name, const Shape& images, hid_t type, double background,
                    const std::optional<std::int64_t>& packed);

/// Whether the group has something in the place of the sheet of `name`.
bool has_sheet(hid_t group, const std::string& name);
/// What is wrong with the sheet of the images `path` (`samples/image`); empty: nothing. Its mappings are compared with those of a sheet
/// made anew, byte for byte, and nothing is read through them: HDF5 1.10.8 hangs at mappings that are damaged, and a file from
/// elsewhere may show others.
std::string sheet_damage(hid_t file, const std::string& path, const Shape& images, std::int64_t snapshots);
/// Whether a dataset is a virtual one. It is not opened.
bool is_virtual(hid_t file, hid_t group, const std::string& name);

}  // namespace descent::runlog::hdf5
