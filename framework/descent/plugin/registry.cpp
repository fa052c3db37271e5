#include "descent/plugin/registry.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"

namespace descent {

namespace fs = std::filesystem;

static std::string title_of(PluginKind kind, const std::string& name) {
  return fmt::format("{} '{}'", kind_name(kind), name);
}

static bool others_may_write(const struct stat& status) {
  return (status.st_mode & S_IWOTH) != 0;
}

std::optional<std::string> distrust_of_folder(const fs::path& folder) {
  struct stat status;
  if (stat(folder.c_str(), &status) != 0 || !others_may_write(status)) return std::nullopt;
  return fmt::format(
      "{}: no plugin of this folder is loaded, since any user may write into it; chmod o-w closes it",
      folder.string());
}

std::optional<std::string> distrust_of_library(const fs::path& library) {
  std::error_code error;
  const fs::path canonical = fs::canonical(library, error);
  struct stat file, folder;
  if (error || stat(canonical.c_str(), &file) != 0 || stat(canonical.parent_path().c_str(), &folder) != 0)
    return std::nullopt;  // whoever opens it says why that is not possible
  if (others_may_write(file))
    return fmt::format("{}: this library is not loaded, since any user may write to it; chmod o-w closes it",
                       library.string());
  if (others_may_write(folder) && (folder.st_mode & S_ISVTX) == 0)
    return fmt::format(
        "{}: this library is not loaded, since any user may replace it in its folder; chmod o-w closes that",
        library.string());
  return std::nullopt;
}

Registry::Registry(Registry&& other) noexcept
    : folders_(std::move(other.folders_)),
      scanned_(std::move(other.scanned_)),
      known_(std::move(other.known_)),
      refused_(std::move(other.refused_)),
      refused_folders_(std::move(other.refused_folders_)),
      diagnostics_(std::move(other.diagnostics_)),
      warnings_(std::move(other.warnings_)),
      loaded_(std::move(other.loaded_)) {
  for (const auto& [key, plugin] : loaded_) plugin->registry_ = this;
}

void Registry::add_folder(const fs::path& folder) {
  std::error_code error;
  const fs::path canonical = fs::canonical(folder, error);
  if (error || !fs::is_directory(canonical, error)) return;
  if (std::count(folders_.begin(), folders_.end(), canonical) > 0) return;
  if (const auto reason = distrust_of_folder(canonical)) {
    refused_folders_.push_back(*reason);
    diagnostics_.push_back(*reason);
    return;
  }
  folders_.push_back(canonical);
  std::vector<fs::path> files;
  fs::directory_iterator entries(canonical, error);
  if (error) {
    diagnostics_.push_back(
        fmt::format("{}: this folder cannot be read: {}", canonical.string(), error.message()));
    return;
  }
  for (const fs::directory_entry& entry : entries)
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) scan(file);
}

// Where the plugins lie that came with this copy of libdescent.
static fs::path bundled_plugins() {
  // Local to this library: the address of a function may be that of the program's own jump to it.
  static const char here = 0;
  Dl_info info;
  if (dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const fs::path library = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : library.parent_path() / "descent" / "plugins";
}

void Registry::add_standard_folders() {
  if (const char* path = std::getenv("DESCENT_PLUGIN_PATH")) {
    const std::string folders = path;
    for (std::size_t begin = 0; begin <= folders.size();) {
      const std::size_t end = std::min(folders.find(':', begin), folders.size());
      // An empty entry would be the current directory by accident.
      if (end > begin) add_folder(folders.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    add_folder(fs::path(home) / ".local/share/descent/plugins");
  if (const fs::path bundled = bundled_plugins(); !bundled.empty()) add_folder(bundled);
}

void Registry::scan(const fs::path& file) {
  struct stat status;
  if (stat(file.c_str(), &status) == 0 && !scanned_.emplace(status.st_dev, status.st_ino).second) return;
  LibraryMarks marks;
  try {
    if (const auto reason = distrust_of_library(file)) throw Error(*reason);
    marks = read_marks(file);
  } catch (const std::exception& error) {
    refused_.push_back({file, {}, error.what()});
    diagnostics_.emplace_back(error.what());
    return;
  }
  if (const auto differences = abi_differences(marks.abi); !differences.empty()) {
    const std::string reason = fmt::format("{}: {}", file.string(), join(differences, "; "));
    refused_.push_back({file, marks.plugins, reason});
    diagnostics_.push_back(reason);
    return;
  }
  for (const LibraryMarks::Mark& mark : marks.plugins) {
    for (const PluginInfo& other : known_)
      if (other.kind == mark.kind && other.name == mark.name)
        diagnostics_.push_back(fmt::format("{} is there twice: {} and {}", title_of(mark.kind, mark.name),
                                           other.library.string(), file.string()));
    known_.push_back({mark.kind, mark.name, file});
  }
}

std::vector<PluginInfo> Registry::plugins() const {
  std::vector<PluginInfo> sorted = known_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const PluginInfo& a, const PluginInfo& b) {
    return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
  });
  return sorted;
}

// Whether a file that tells nothing of its plugins is by its name the one for `name`.
static bool called_like(const fs::path& file, PluginKind kind, const std::string& name) {
  const std::string stem = file.stem().string();
  return stem == name || stem == "lib" + name || stem == fmt::format("{}_{}", kind_name(kind), name);
}

void Registry::refuse_unknown(PluginKind kind, const std::string& name) const {
  for (const Refused& refused : refused_) {
    const auto& held = refused.plugins;
    const bool holds = std::any_of(held.begin(), held.end(), [&](const LibraryMarks::Mark& mark) {
      return mark.kind == kind && mark.name == name;
    });
    if (holds || (held.empty() && called_like(refused.file, kind, name)))
      throw Error(fmt::format("{} cannot be used: {}", title_of(kind, name), refused.reason));
  }
  std::vector<std::string> names;
  std::string others;
  for (const PluginInfo& info : plugins()) {
    if (info.kind == kind)
      names.push_back(info.name);
    else if (info.name == name)
      others = fmt::format(" ({} has this name)", kind_name(info.kind));
  }
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const std::string of_folders =
      refused_folders_.empty() ? "" : fmt::format("; not looked into: {}", join(refused_folders_, "; "));
  if (const auto renamed = renamed_hint(kind_name(kind), name, names))
    throw Error(Diagnostic{{}, fmt::format("{}: {}", kind_name(kind), *renamed), codes::renamed, name});
  const auto near = nearest(name, names);
  const std::string hint = near ? fmt::format("; did you mean '{}'?", *near) : ";";
  if (names.empty()) {
    std::vector<std::string> looked;
    for (const fs::path& folder : folders_) looked.push_back(folder.string());
    throw Error(SourceLocation{},
                fmt::format("there is no {}{}, nor any other {}; looked in: {}{}", title_of(kind, name),
                            others, kind_name(kind), looked.empty() ? "no folder" : join(looked), of_folders),
                codes::unknown_plugin);
  }
  throw Error(SourceLocation{},
              fmt::format("there is no {}{}{} there {}: {}{}", title_of(kind, name), others, hint,
                          names.size() == 1 ? "is" : "are", join(names), of_folders),
              codes::unknown_plugin);
}

PluginInfo Registry::find_by_name(PluginKind kind, const std::string& name) const {
  std::vector<PluginInfo> found;
  for (const PluginInfo& info : known_)
    if (info.kind == kind && info.name == name) found.push_back(info);
  if (found.empty()) refuse_unknown(kind, name);
  if (found.size() > 1)
    throw Error(fmt::format("{} is there twice: {} and {}; give the path of the one that is meant",
                            title_of(kind, name), found[0].library.string(), found[1].library.string()));
  return found[0];
}

// The plugin that `text` names: `path/to/library.so` or `path/to/library.so#NAME`.
static PluginInfo find_by_path(PluginKind kind, const std::string& text, const fs::path& base) {
  const std::size_t hash = text.rfind('#');
  const std::string wanted = hash == std::string::npos ? "" : text.substr(hash + 1);
  std::error_code error;
  const fs::path path = fs::absolute(base / text.substr(0, hash), error).lexically_normal();
  if (const auto reason = distrust_of_library(path)) throw Error(*reason);
  const LibraryMarks marks = read_marks(path);
  std::vector<std::string> of_kind, all;
  for (const LibraryMarks::Mark& mark : marks.plugins) {
    all.push_back(title_of(mark.kind, mark.name));
    if (mark.kind == kind) of_kind.push_back(mark.name);
  }
  if (of_kind.empty())
    throw Error(fmt::format("{}: holds no {}; it holds {}", path.string(), kind_name(kind), join(all)));
  if (!wanted.empty() && std::count(of_kind.begin(), of_kind.end(), wanted) == 0)
    throw Error(
        fmt::format("{}: holds no {}{}", path.string(), title_of(kind, wanted), suggestion(wanted, of_kind)));
  if (wanted.empty() && of_kind.size() > 1)
    throw Error(fmt::format("{}: holds several plugins of kind {}; say which: {}#{}", path.string(),
                            kind_name(kind), path.filename().string(), join(of_kind, " or #")));
  return {kind, wanted.empty() ? of_kind[0] : wanted, path};
}

static const PluginDescriptor& find_descriptor(const PluginInfo& info, std::vector<std::string>& warnings) {
  const PluginDescriptor* found = nullptr;
  for (const PluginDescriptor* descriptor : load_library(info.library, warnings)) {
    if (descriptor->kind != info.kind || descriptor->name != info.name) continue;
    if (found != nullptr)
      throw Error(fmt::format("{}: holds {} twice", info.library.string(), title_of(info.kind, info.name)));
    found = descriptor;
  }
  if (found == nullptr)
    throw Error(
        fmt::format("{}: its marks promise {}, but the loaded library does not offer it; link it with "
                    "descent_add_plugin",
                    info.library.string(), title_of(info.kind, info.name)));
  return *found;
}

bool is_library_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".so") ||
         name.find(".so#") != std::string::npos;
}

const LoadedPlugin& Registry::load(PluginKind kind, const std::string& name, const fs::path& base) {
  const PluginInfo info = is_library_path(name) ? find_by_path(kind, name, base) : find_by_name(kind, name);
  const std::string key = fmt::format("{} {} {}", kind_name(kind), info.name, info.library.string());
  auto& loaded = loaded_[key];
  if (loaded == nullptr)
    loaded = std::make_unique<LoadedPlugin>(info, find_descriptor(info, warnings_), this);
  return *loaded;
}

}  // namespace descent
