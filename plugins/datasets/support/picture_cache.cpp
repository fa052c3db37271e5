#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>

#include "descent/base/checksum.hpp"
#include "descent/base/descriptor.hpp"
#include "picture_reader.hpp"

namespace descent {

namespace fs = std::filesystem;

namespace {

/// What a cache file begins with; the pixels of both splits follow.
struct Header {
  char magic[16];
  char of[64];  // SHA-256 of what the pictures were made from
  std::int64_t height, width, channels;
  std::int64_t sizes[2];                           // bytes of pixels
  std::uint32_t pixels_checksum, header_checksum;  // CRC-32C; the latter of all before it
};
static_assert(sizeof(Header) == 128);
constexpr char magic[16] = "descent pixels1";

std::uint32_t checksum_of(const Header& header) {
  return crc32c(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, header_checksum)));
}

// Everything that the pixels follow from.
std::string identity(const std::array<PictureFolder, 2>& folders, const PictureForm& form) {
  std::string text =
      fmt::format("channels {} size {} crop {}\n", form.channels, fmt::join(form.size, " "), form.crop);
  for (const PictureFolder& folder : folders) {
    for (const PictureFile& file : folder.files)
      fmt::format_to(std::back_inserter(text), "{}\n{} {}\n", file.path, file.size, file.modified);
    text += '\n';
  }
  return sha256(text);
}

// One for each folder and form, so that an older one is replaced and not left over.
std::optional<fs::path> cache_file(const fs::path& root, const PictureForm& form) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path folder;
  if (cache != nullptr && *cache == '/')
    folder = cache;
  else if (home != nullptr && *home == '/')
    folder = fs::path(home) / ".cache";
  else
    return std::nullopt;
  const std::string key = fmt::format("{}\n{} {} {}", fs::absolute(root).lexically_normal().string(),
                                      form.channels, fmt::join(form.size, " "), form.crop);
  return folder / "descent" / ("pictures_" + sha256(key).substr(0, 32));
}

bool read_all(int file, void* out, std::size_t count) {
  auto* at = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t got = ::read(file, at, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int file, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t put = ::write(file, at, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    count -= static_cast<std::size_t>(put);
  }
  return true;
}

std::uint32_t checksum_of(const PictureSplits& splits) {
  std::uint32_t checksum = 0;
  for (const LabeledImages& images : splits)
    checksum = crc32c(std::as_bytes(std::span(images.pixels)), checksum);
  return checksum;
}

// Nothing where there is no such file, or it is of other pictures, cut short or damaged.
std::optional<PictureSplits> read_cache(const fs::path& path, const std::string& of,
                                        const std::array<PictureFolder, 2>& folders) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Header header;
  struct stat status;
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !read_all(file.get(), &header, sizeof header))
    return std::nullopt;
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.header_checksum != checksum_of(header) ||
      std::string_view(header.of, sizeof header.of) != of ||
      status.st_size != static_cast<off_t>(sizeof header) + header.sizes[0] + header.sizes[1])
    return std::nullopt;
  PictureSplits splits;
  for (std::size_t s = 0; s < splits.size(); ++s) {
    LabeledImages& images = splits[s];
    images.height = header.height;
    images.width = header.width;
    images.channels = header.channels;
    images.pixels.resize(static_cast<std::size_t>(header.sizes[s]));
    if (!read_all(file.get(), images.pixels.data(), images.pixels.size()) ||
        images.count() != std::ssize(folders[s].files))
      return std::nullopt;
    if (!folders[s].classes.empty())
      for (const PictureFile& picture : folders[s].files) images.labels.push_back(picture.label);
  }
  if (checksum_of(splits) != header.pixels_checksum) return std::nullopt;
  return splits;
}

// What processes that were killed while they wrote this cache have left.
void remove_leftovers(const fs::path& path) {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(path.filename().string() + '.') || !name.ends_with(".part")) continue;
    const std::string writer = name.substr(path.filename().string().size() + 1);
    const bool alive = ::kill(static_cast<pid_t>(std::atol(writer.c_str())), 0) == 0 || errno == EPERM;
    std::error_code ignored;
    if (!alive) fs::remove(entry.path(), ignored);
  }
}

// Under another name first: whoever reads the cache meanwhile sees the old one or the new one, whole.
void write_cache(const fs::path& path, const std::string& of, const PictureSplits& splits) {
  Header header{};
  std::memcpy(header.magic, magic, sizeof magic);
  std::memcpy(header.of, of.data(), sizeof header.of);
  header.height = splits[0].height;
  header.width = splits[0].width;
  header.channels = splits[0].channels;
  for (std::size_t s = 0; s < splits.size(); ++s) header.sizes[s] = std::ssize(splits[s].pixels);
  header.pixels_checksum = checksum_of(splits);
  header.header_checksum = checksum_of(header);
  std::error_code problem;
  fs::create_directories(path.parent_path(), problem);
  remove_leftovers(path);
  const fs::path part = path.string() + fmt::format(".{}.part", ::getpid());
  fs::remove(part, problem);
  bool written = false;
  {
    const Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file.get() < 0) return;
    written = write_all(file.get(), &header, sizeof header);
    for (const LabeledImages& images : splits)
      written = written && write_all(file.get(), images.pixels.data(), images.pixels.size());
  }
  if (written) fs::rename(part, path, problem);
  if (!written || problem) fs::remove(part, problem);
}

}  // namespace

PictureSplits read_pictures_cached(const fs::path& root, const std::array<PictureFolder, 2>& folders,
                                   const PictureForm& form) {
  const auto path = cache_file(root, form);
  if (!path) return read_pictures(folders, form);
  const std::string of = identity(folders, form);
  if (auto cached = read_cache(*path, of, folders)) return std::move(*cached);
  PictureSplits splits = read_pictures(folders, form);
  write_cache(*path, of, splits);
  return splits;
}

}  // namespace descent
