#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/plugin/library.hpp"
#include "descent/plugin/options.hpp"

namespace descent {

class LoadedPlugin;
class Registry;

/// A plugin that is known: what it is called and where it lies.
struct PluginInfo {
  PluginKind kind;
  std::string name;
  std::filesystem::path library;
};

/// An object that a plugin made from a map of the experiment.
struct PluginObject {
  /// As its contract class.
  std::shared_ptr<void> object;
  /// The map with every option at its default where none was given, at any depth, and every path absolute.
  Value section;
  /// The plugins that its options name: layers, and those inside them.
  std::vector<const LoadedPlugin*> nested;
};

/// A loaded plugin. Lives as long as its registry.
class DESCENT_API LoadedPlugin {
 public:
  /// `registry`: where the layers come from that options name; null: there are none.
  LoadedPlugin(const PluginInfo& info, const PluginDescriptor& descriptor, Registry* registry = nullptr);
  const PluginInfo& info() const { return info_; }
  const PluginDescriptor& descriptor() const { return descriptor_; }
  const OptionTable& options() const { return options_; }
  /// `optimizer 'adam'`: how messages name it.
  std::string title() const;

  /// A new object with its options read from `section` (OptionTable::read; the framework's keys of its kind
  /// are skipped). What a factory throws comes back as a RunError that names plugin and file.
  PluginObject make(const Value& section, Diagnostics& diagnostics) const;
  /// The same, of contract class `Contract` (`Optimizer`, `Model`, …), alone.
  template <class Contract>
  std::shared_ptr<Contract> create(const Value& section, Diagnostics& diagnostics) const {
    return std::static_pointer_cast<Contract>(make(section, diagnostics).object);
  }
  /// Schedules and run references of an object that make() made, in the order of the options.
  std::vector<Schedule*> schedules(void* contract_object) const;
  std::vector<std::pair<std::string, Schedule*>> named_schedules(void* contract_object) const;
  std::vector<RunReference*> runs(void* contract_object) const;

 private:
  friend class Registry;
  PluginInfo info_;
  const PluginDescriptor& descriptor_;
  OptionTable options_;
  Registry* registry_;
};

/// Knows the plugins of the search path by their marks; loads what is asked for.
class DESCENT_API Registry {
 public:
  Registry() = default;
  Registry(Registry&& other) noexcept;
  Registry& operator=(Registry&&) = delete;
  ~Registry() = default;

  /// Later folders are looked at after earlier ones, but the same kind and name found twice is an error that
  /// names both files, raised when that name is asked for. A folder that does not exist is skipped; one into which any
  /// user may write is refused: its reason is in diagnostics(), and told to who asks for a plugin that is not found.
  void add_folder(const std::filesystem::path& folder);
  /// The standard search path behind folders added before: DESCENT_PLUGIN_PATH,
  /// ~/.local/share/descent/plugins, and the folder of the in-tree or installed plugins beside libdescent.
  void add_standard_folders();
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

  /// The plugins that the folders hold, by kind and name; those with another ABI or unreadable files are in
  /// problems().
  std::vector<PluginInfo> plugins() const;
  /// What is wrong with files of the folders: one sentence each.
  const std::vector<std::string>& diagnostics() const { return diagnostics_; }
  /// Warnings that loading gave rise to.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// The plugin of this name, or, where `name` holds a slash or ends in `.so`, that of the library at this
  /// path (relative to `base`), loaded. A path to a library with several plugins of the kind needs `#NAME`
  /// behind it. Throws Error that names the nearest plugin, or says why the library was refused.
  const LoadedPlugin& load(PluginKind kind, const std::string& name, const std::filesystem::path& base = {});

 private:
  // A file of the folders that cannot be used, and the plugins its marks name as far as they could be read.
  struct Refused {
    std::filesystem::path file;
    std::vector<LibraryMarks::Mark> plugins;
    std::string reason;
  };
  friend class LoadedPlugin;  // adds to the warnings
  void scan(const std::filesystem::path& file);
  PluginInfo find_by_name(PluginKind kind, const std::string& name) const;
  [[noreturn]] void refuse_unknown(PluginKind kind, const std::string& name) const;

  std::vector<std::filesystem::path> folders_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> scanned_;  // device and inode
  std::vector<PluginInfo> known_;
  std::vector<Refused> refused_;
  std::vector<std::string> refused_folders_;  // why, one sentence each
  std::vector<std::string> diagnostics_;
  std::vector<std::string> warnings_;
  std::map<std::string, std::unique_ptr<LoadedPlugin>> loaded_;
};

/// Why plugins of this folder are not to be trusted: any user may write into it. Nothing: not any user may, or there is no
/// such folder.
DESCENT_API std::optional<std::string> distrust_of_folder(const std::filesystem::path& folder);
/// The same for a library and the folder that holds it. A folder with the sticky bit, such as /tmp, is accepted here:
/// in it no user can replace another user's file.
DESCENT_API std::optional<std::string> distrust_of_library(const std::filesystem::path& library);

/// Whether a plugin's name in an experiment is the path of its library: it has a slash or ends in `.so` or
/// `.so#NAME`.
DESCENT_API bool is_library_path(const std::string& name);

/// What a plugin threw, by its name: `optimizer 'adam' (/path/optimizer_adam.so): what() [a.yaml:3:5]`.
class DESCENT_API PluginFailure : public RunError {
 public:
  PluginFailure(const LoadedPlugin& plugin, const SourceLocation& location, const std::string& what,
                bool of_error);
  ~PluginFailure() override;
  /// Whether it was an Error, such as an op's about shapes: what the plugin was given does not fit it.
  bool of_error() const { return of_error_; }
  const SourceLocation& location() const { return location_; }
  /// To stand behind its place: of an Error `optimizer 'adam': what()`, and as what() has it otherwise.
  const std::string& problem() const { return problem_; }

 private:
  SourceLocation location_;
  std::string problem_;
  bool of_error_;
};

namespace detail {
enum class Errors { as_they_are, named };
/// Throws what is being caught as a PluginFailure; one of a plugin that this one called as it is.
[[noreturn]] DESCENT_API void rethrow_named(const LoadedPlugin& plugin, const SourceLocation& location,
                                            Errors errors);
}  // namespace detail

/// Calls into a plugin while a run is prepared; what it throws, other than Error, comes back as a
/// PluginFailure.
template <class Call>
decltype(auto) guarded(const LoadedPlugin& plugin, const SourceLocation& location, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    detail::rethrow_named(plugin, location, detail::Errors::as_they_are);
  }
}

/// Calls into a plugin at work: the caller adds nothing to an Error, so this comes back as a PluginFailure
/// too.
template <class Call>
decltype(auto) guarded_at_work(const LoadedPlugin& plugin, const SourceLocation& location, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    detail::rethrow_named(plugin, location, detail::Errors::named);
  }
}

}  // namespace descent
