#include "picture_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

// Opens files in the order of their folders: each folder's path is walked once, not once for each file.
class Opener {
 public:
  int open(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (folder_.get() < 0 || path.compare(0, slash + 1, of_) != 0) {
      of_ = path.substr(0, slash + 1);
      folder_ = Descriptor(::open(of_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    return ::openat(folder_.get(), path.c_str() + slash + 1, O_RDONLY | O_CLOEXEC);
  }

 private:
  Descriptor folder_{-1};
  std::string of_;
};

// The bytes of a file, in `memory`, which only grows: one call each to open, read and close. One byte more than the file had
// when it was found is asked for, so that the first read shows its end.
std::span<const std::uint8_t> read_file_into(const PictureFile& picture, Opener& opener,
                                             std::vector<std::uint8_t>& memory) {
  const auto refuse = [&] {
    throw Error(fmt::format("'{}' cannot be read: {}", picture.path, std::strerror(errno)));
  };
  const Descriptor file(opener.open(picture.path));
  if (file.get() < 0) refuse();
  if (memory.size() <= picture.size) memory.resize(static_cast<std::size_t>(picture.size) + 1);
  std::size_t size = 0;
  while (true) {
    const std::size_t wanted = memory.size() - size;
    const ssize_t got = ::read(file.get(), memory.data() + size, wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse();
    size += static_cast<std::size_t>(got);
    if (static_cast<std::size_t>(got) < wanted) break;
    memory.resize(2 * memory.size());  // it has grown
  }
  return std::span(memory).first(size);
}

// Puts pictures of one size one behind the other.
class Collector {
 public:
  explicit Collector(const PictureForm& form) : form_(form), channels_(form.channels) {}

  void add(const PictureFolder& folder, LabeledImages& images) {
    images_.push_back(&images);
    for (const PictureFile& file : folder.files) {
      const std::span<const std::uint8_t> bytes = read_file_into(file, opener_, memory_);
      try {
        decode_picture(bytes, picture_);
      } catch (const Error& error) {
        throw Error(SourceLocation{}, fmt::format("'{}' {}", file.path, error.what()), codes::unreadable);
      }
      shape(file);
      if (images.pixels.empty())
        images.pixels.reserve(folder.files.size() * static_cast<std::size_t>(picture_.size()));
      images.pixels.insert(images.pixels.end(), picture_.pixels.begin(), picture_.pixels.end());
      if (!folder.classes.empty()) images.labels.push_back(file.label);
    }
    for (LabeledImages* all : images_) {
      all->height = height_;
      all->width = width_;
      all->channels = channels_;
    }
  }

 private:
  void shape(const PictureFile& file) {
    if (channels_ == 0) channels_ = picture_.channels;
    if (form_.channels == 0 && picture_.channels > channels_) color_all();
    convert_channels(picture_, channels_);
    if (!form_.size.empty() && (picture_.height != form_.size[0] || picture_.width != form_.size[1]))
      picture_ = form_.crop ? resized_and_cropped(picture_, form_.size[0], form_.size[1])
                            : resized(picture_, form_.size[0], form_.size[1]);
    if (height_ == 0) {
      height_ = picture_.height;
      width_ = picture_.width;
      first_ = &file;
    }
    if (picture_.height != height_ || picture_.width != width_)
      throw Error(fmt::format(
          "'{}' has {}x{} pixels (height x width), '{}' has {}x{}; 'resize: [{}, {}]' makes them alike",
          file.path, picture_.height, picture_.width, first_->path, height_, width_, height_, width_));
  }

  // The first picture with colors after gray ones.
  void color_all() {
    channels_ = 3;
    for (LabeledImages* images : images_) {
      Picture gray{std::ssize(images->pixels), 1, 1, std::move(images->pixels)};
      convert_channels(gray, channels_);
      images->pixels = std::move(gray.pixels);
    }
  }

  const PictureForm& form_;
  std::int64_t channels_, height_ = 0, width_ = 0;
  const PictureFile* first_ = nullptr;
  std::vector<LabeledImages*> images_;
  Opener opener_;
  std::vector<std::uint8_t> memory_;
  Picture picture_;
};

}  // namespace

PictureSplits read_pictures(const std::array<PictureFolder, 2>& folders, const PictureForm& form) {
  PictureSplits splits;
  Collector collector(form);
  for (std::size_t s = 0; s < splits.size(); ++s) collector.add(folders[s], splits[s]);
  return splits;
}

}  // namespace descent
