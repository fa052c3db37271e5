#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace descent {

/// One picture of a folder.
struct PictureFile {
  std::string path;
  std::int32_t label = 0;
  std::uint64_t size = 0;     ///< bytes
  std::int64_t modified = 0;  ///< nanoseconds since 1970
};

/// The pictures of one folder, in the order of their paths.
struct PictureFolder {
  std::vector<PictureFile> files;
  std::vector<std::string> classes;  ///< the names of its subfolders that hold pictures; none: not asked for
};

/// Finds the PNG and JPEG files in a folder and those inside it, by their endings. With `by_class`, those directly inside of
/// `folder` must lie in subfolders, whose names in the order of their bytes are the classes; with `classes`, in ones that are
/// called so. Hidden files are passed over. Throws Error, naming the folder, where there is no picture, or one without a class.
PictureFolder find_pictures(const std::filesystem::path& folder, bool by_class,
                            const std::vector<std::string>& classes = {});

/// Whether the file's name ends like a picture's.
bool is_picture(const std::filesystem::path& file);

}  // namespace descent
