#define BOOST_DLL_USE_STD_FS
#include "descent/plugin/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "descent/base/exception_text.hpp"
#include "descent/base/process_state.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/elf_check.hpp"

namespace descent {

namespace {

constexpr std::string_view abi_prefix = ".descent.abi.";
constexpr std::string_view plugin_prefix = ".descent.plugin.";
constexpr const char* range_symbol = "descent_plugin_range_1";

std::vector<std::string> section_names(const std::filesystem::path& path) {
  try {
    return boost::dll::library_info(path).sections();
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: this library's sections cannot be read ({})", path.string(), exception_text(error)));
  }
}

std::optional<PluginKind> kind_of(std::string_view name) {
  for (const PluginKind kind : plugin_kinds())
    if (name == kind_name(kind)) return kind;
  return {};
}

// The mark behind plugin_prefix: `optimizer.adam`; names may hold dots, kinds not.
LibraryMarks::Mark mark_of(const std::string& text, const std::filesystem::path& path) {
  const std::size_t dot = text.find('.');
  const std::string kind = text.substr(0, dot);
  const auto known = kind_of(kind);
  if (!known || dot == std::string::npos || dot + 1 == text.size())
    throw Error(
        fmt::format("{}: holds a plugin of kind '{}', which this host does not know", path.string(), kind));
  return {*known, text.substr(dot + 1)};
}

// dlopen's and dlsym's own words, without the path that they begin with.
std::string loader_message(const std::filesystem::path& path) {
  const char* text = dlerror();
  std::string message = text == nullptr ? "the loader gives no reason" : text;
  const std::string prefix = path.string() + ": ";
  if (message.starts_with(prefix)) message.erase(0, prefix.size());
  return message;
}

boost::dll::shared_library open_library(const std::filesystem::path& path,
                                        std::vector<std::string>& warnings) {
  ProcessState before;
  boost::dll::shared_library library;
  std::error_code error;
  library.load(path, error, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  const std::string message = library.is_loaded() ? "" : loader_message(path);
  if (const auto changed = before.restore(); !changed.empty())
    warnings.push_back(fmt::format(
        "{}: loading this library changed {}{}; that was undone", path.string(), list_of_changes(changed),
        changed.front().find("tiny") == std::string::npos ? "" : ", as -ffast-math at its link does"));
  if (library.is_loaded()) return library;
  const char* hint = message.find("undefined symbol") != std::string::npos
                         ? "; was it built against another version of Descent?"
                         : "";
  throw Error(fmt::format("{}: this plugin cannot be loaded: {}{}", path.string(), message, hint));
}

std::atomic<const LoadedLibrary*> newest_library = nullptr;

void note_library(const std::filesystem::path& path, const LibraryMarks& marks) {
  std::vector<std::string> plugins;
  for (const LibraryMarks::Mark& mark : marks.plugins)
    plugins.push_back(fmt::format("{} '{}'", kind_name(mark.kind), mark.name));
  newest_library = new LoadedLibrary{path.string(), join(plugins, ", "), newest_library};
}

struct Loaded {
  boost::dll::shared_library library;
  std::vector<const PluginDescriptor*> descriptors;
};

}  // namespace

const LoadedLibrary* last_loaded_library() {
  return newest_library;
}

LibraryMarks read_marks(const std::filesystem::path& path) {
  check_shared_library(path);
  std::set<std::string> tags, plugins;
  for (const std::string& section : section_names(path)) {
    if (section.starts_with(abi_prefix)) tags.insert(section.substr(abi_prefix.size()));
    if (section.starts_with(plugin_prefix)) plugins.insert(section.substr(plugin_prefix.size()));
  }
  if (tags.empty() || plugins.empty())
    throw Error(
        fmt::format("{}: not a Descent plugin (macro missing, or gcc LTO linked with lld)", path.string()));
  if (tags.size() > 1)
    throw Error(fmt::format("{}: its source files were built with different settings: {}", path.string(),
                            join({tags.begin(), tags.end()}, " and ")));
  LibraryMarks marks;
  marks.abi = *tags.begin();
  for (const std::string& plugin : plugins) marks.plugins.push_back(mark_of(plugin, path));
  return marks;
}

std::vector<const PluginDescriptor*> load_library(const std::filesystem::path& path,
                                                  std::vector<std::string>& warnings) {
  static std::mutex mutex;
  // Never destroyed: objects, exceptions and functions of plugins may be alive until the process ends.
  static auto& libraries = *new std::map<std::filesystem::path, Loaded>;

  const std::scoped_lock lock(mutex);
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(path, error);
  if (error) throw Error(fmt::format("{}: there is no such file", path.string()));
  if (const auto known = libraries.find(canonical); known != libraries.end())
    return known->second.descriptors;

  const LibraryMarks marks = read_marks(canonical);
  if (const auto differences = abi_differences(marks.abi); !differences.empty())
    throw Error(fmt::format("{}: this plugin does not fit: {}", canonical.string(), join(differences, "; ")));
  note_library(canonical, marks);
  Loaded& loaded = libraries[canonical];
  try {
    loaded.library = open_library(canonical, warnings);
  } catch (...) {
    libraries.erase(canonical);
    throw;
  }
  PluginRange range{nullptr, nullptr};
  if (loaded.library.has(range_symbol)) loaded.library.get<void(PluginRange*)>(range_symbol)(&range);
  loaded.descriptors.assign(range.begin, range.end);
  return loaded.descriptors;
}

}  // namespace descent
