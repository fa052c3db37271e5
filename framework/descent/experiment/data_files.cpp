#include "descent/experiment/data_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "descent/base/text.hpp"
#include "descent/experiment/section.hpp"

namespace descent::experiment {

namespace fs = std::filesystem;

namespace {

/// An option of a data set that reads files.
struct Reader {
  std::string plugin;
  const Option* option;

  bool matches_any(const std::string& file) const {
    return std::any_of(option->reads.begin(), option->reads.end(),
                       [&](const std::string& pattern) { return matches(pattern, file); });
  }
  std::string line(const std::string& path) const {
    return fmt::format("{{plugin: {}, {}: {}}}", plugin, option->name, path);
  }
};

std::vector<Reader> readers(Registry& registry) {
  std::vector<Reader> all;
  for (const PluginInfo& info : registry.plugins()) {
    if (info.kind != PluginKind::dataset) continue;
    try {
      const LoadedPlugin& plugin = registry.load(info.kind, info.name);
      for (const Option& option : plugin.options().options())
        if (!option.reads.empty()) all.push_back({info.name, &option});
    } catch (const Error&) {
      // A plugin that cannot be used is no answer; naming it gives an error of its own.
    }
  }
  return all;
}

// The first files in a folder and those inside it, by their paths from there.
std::vector<std::string> files_in(const fs::path& folder) {
  constexpr std::size_t most = 2000;
  std::vector<std::string> files;
  std::error_code unreadable;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, unreadable);
  for (; !unreadable && entry != fs::recursive_directory_iterator() && files.size() < most;
       entry.increment(unreadable))
    if (!entry->is_directory(unreadable)) files.push_back(entry->path().lexically_relative(folder).string());
  return files;
}

}  // namespace

std::optional<std::string> data_file_hint(Registry& registry, const std::string& name,
                                          const SourceLocation& location) {
  const fs::path path = absolute_path(name, location);
  std::error_code unknown;
  const bool is_folder = fs::is_directory(path, unknown), exists = fs::exists(path, unknown);
  if (path.extension() == ".so" || (!exists && !fs::path(name).has_extension())) return std::nullopt;
  const std::vector<std::string> files =
      is_folder ? files_in(path) : std::vector<std::string>{path.filename().string()};
  const std::vector<Reader> known = readers(registry);
  for (const Reader& reader : known) {
    if (is_folder && !reader.option->reads_folder) continue;
    if (std::none_of(files.begin(), files.end(),
                     [&](const std::string& file) { return reader.matches_any(file); }))
      continue;
    // A file of a data set that is a whole folder.
    std::string given = name;
    if (!is_folder && reader.option->reads_folder)
      given = fs::path(name).has_parent_path() ? fs::path(name).parent_path().string() : ".";
    return fmt::format("'{}' is a {} of data{}, not a plugin; the data set '{}' reads it: dataset: {}", name,
                       is_folder ? "folder" : "file", exists ? "" : " (which does not exist)", reader.plugin,
                       reader.line(given));
  }
  if (!exists || known.empty()) return std::nullopt;
  std::vector<std::string> all;
  for (const Reader& reader : known)
    all.push_back(fmt::format("{} ({})", reader.plugin, join(reader.option->reads)));
  return fmt::format(
      "'{}' is a {}, not a plugin, and no data set says that it reads such ones; those of files are {}", name,
      is_folder ? "folder" : "file", join(all));
}

}  // namespace descent::experiment
