#pragma once

#include <array>
#include <vector>

#include "labeled_images.hpp"
#include "picture.hpp"
#include "picture_files.hpp"

namespace descent {

/// What becomes of pictures after they are decoded.
struct PictureForm {
  std::int64_t channels = 0;       ///< 1 or 3; 0: 3 if any picture has colors, otherwise 1
  std::vector<std::int64_t> size;  ///< height and width; empty: as they are, which must be the same for all
  bool crop = false;               ///< keep proportions: scale until the size is covered, cut out the middle
};

/// The pictures of a training and of a test split, decoded; the labels are those of the files.
using PictureSplits = std::array<LabeledImages, 2>;

/// Decodes all pictures. Throws Error, with the picture's path, where one is broken or has another size than the others.
PictureSplits read_pictures(const std::array<PictureFolder, 2>& folders, const PictureForm& form);

/// The same, from a file in $XDG_CACHE_HOME/descent (or ~/.cache/descent) if it was written for these very files (their
/// paths, sizes and times) and this form, and is whole; else they are decoded, and it is written. A cache that cannot be
/// written costs nothing but time.
PictureSplits read_pictures_cached(const std::filesystem::path& root,
                                   const std::array<PictureFolder, 2>& folders, const PictureForm& form);

}  // namespace descent
