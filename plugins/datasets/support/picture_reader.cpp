#include "picture_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

// Into `bytes`, whose memory is used again: one call each to open, look, read and close.
void read_file_into(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes) {
  const auto refuse = [&] {
    throw Error(fmt::format("'{}' cannot be read: {}", path.string(), std::strerror(errno)));
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) refuse();
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno != EINTR) refuse();
    if (got == 0) break;
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
}

// Puts pictures of one size one behind the other.
class Collector {
 public:
  explicit Collector(const PictureForm& form) : form_(form), channels_(form.channels) {}

  void add(const PictureFolder& folder, LabeledImages& images) {
    images_.push_back(&images);
    for (const PictureFile& file : folder.files) {
      read_file_into(file.path, bytes_);
      try {
        decode_picture(bytes_, picture_);
      } catch (const Error& error) {
        throw Error(SourceLocation{}, fmt::format("'{}' {}", file.path.string(), error.what()),
                    codes::unreadable);
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
          file.path.string(), picture_.height, picture_.width, first_->path.string(), height_, width_,
          height_, width_));
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
  std::vector<std::uint8_t> bytes_;
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
