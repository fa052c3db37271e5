#include "picture_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

namespace fs = std::filesystem;

// The functions below see each of perhaps a million paths: they take none apart into new ones.

static std::string_view name_of(const fs::path& path) {
  const std::string_view text = path.native();
  return text.substr(text.rfind('/') + 1);
}

bool is_picture(const fs::path& file) {
  const std::string_view name = name_of(file);
  const auto ends_with = [&](std::string_view ending) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return name.size() > ending.size() && std::equal(ending.begin(), ending.end(), name.end() - ending.size(),
                                                     [&](char b, char a) { return same(a, b); });
  };
  return ends_with(".png") || ends_with(".jpg") || ends_with(".jpeg");
}

namespace {

bool is_hidden(const fs::path& path) {
  return name_of(path).starts_with('.');
}

// The order of fs::path, folder by folder: a separator comes before every other character. The first `same` characters of
// all paths are alike.
bool comes_before(const PictureFile& a, const PictureFile& b, std::size_t same) {
  const std::string &x = a.path, &y = b.path;
  const auto skipped = static_cast<std::ptrdiff_t>(same);
  const auto [in_x, in_y] = std::mismatch(x.begin() + skipped, x.end(), y.begin() + skipped, y.end());
  if (in_x == x.end() || in_y == y.end()) return in_y != y.end();
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)); };
  return rank(*in_x) < rank(*in_y);
}

void add_files(const fs::path& folder, std::int32_t label, std::vector<PictureFile>& files) {
  // A link to a folder that it is in would show every picture many times, and as another class.
  const fs::path root = fs::canonical(folder);
  const auto holds_root = [&](const fs::path& other) {
    return !root.lexically_relative(other).string().starts_with("..");
  };
  fs::recursive_directory_iterator entries(folder, fs::directory_options::follow_directory_symlink);
  for (auto entry = fs::begin(entries); entry != fs::end(entries); ++entry) {
    if (is_hidden(entry->path())) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_directory() && entry->is_symlink() && holds_root(fs::canonical(entry->path())))
      throw Error(fmt::format("'{}' is a link to a folder that it is in", entry->path().string()));
    if (!is_picture(entry->path())) continue;
    struct stat status;
    if (::stat(entry->path().c_str(), &status) != 0)
      throw Error(fmt::format("'{}' cannot be read: {}", entry->path().string(), std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) continue;
    files.push_back(
        {entry->path().native(), label, static_cast<std::uint64_t>(status.st_size),
         static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec});
  }
}

}  // namespace

PictureFolder find_pictures(const fs::path& folder, bool by_class, const std::vector<std::string>& classes) {
  if (!fs::is_directory(folder)) throw Error(fmt::format("there is no folder '{}'", folder.string()));
  PictureFolder found;
  if (!by_class) {
    add_files(folder, 0, found.files);
  } else {
    std::vector<fs::path> subfolders;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (is_hidden(entry.path())) continue;
      if (entry.is_directory())
        subfolders.push_back(entry.path());
      else if (is_picture(entry.path()))
        throw Error(fmt::format(
            "'{}' is in no folder of a class; each class has a subfolder of '{}', or, without classes, say "
            "'labels: false'",
            entry.path().string(), folder.string()));
    }
    std::sort(subfolders.begin(), subfolders.end());
    found.classes = classes;
    for (const fs::path& subfolder : subfolders) {
      const std::string name = subfolder.filename().string();
      const std::size_t before = found.files.size();
      const auto known = std::find(found.classes.begin(), found.classes.end(), name);
      const auto label = static_cast<std::int32_t>(known - found.classes.begin());
      add_files(subfolder, label, found.files);
      if (found.files.size() == before || known != found.classes.end()) continue;
      if (!classes.empty())
        throw Error(fmt::format("'{}' is a class that there is none of to train on{}", subfolder.string(),
                                suggestion(name, classes)));
      found.classes.push_back(name);
    }
  }
  if (found.files.empty())
    throw Error(fmt::format("the folder '{}' holds no picture: no .png, .jpg or .jpeg", folder.string()));
  const std::size_t same = folder.native().size();
  std::sort(found.files.begin(), found.files.end(),
            [&](const PictureFile& a, const PictureFile& b) { return comes_before(a, b, same); });
  return found;
}

}  // namespace descent
