#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/error.hpp"
#include "descent/plugin/export.hpp"

namespace descent {

/// What a plugin library's marks say, read from the file without running a line of it.
struct LibraryMarks {
  struct Mark {
    PluginKind kind;
    std::string name;
  };
  std::vector<Mark> plugins;
  /// Fields of the ABI tag as the library carries them; every translation unit's tag must be the same.
  std::string abi;
};

/// Reads the marks. Throws Error, with the path and a sentence of its own for each cause, when this is no
/// file, no library, one cut short, one for another architecture, or one without marks.
DESCENT_API LibraryMarks read_marks(const std::filesystem::path& path);

/// What keeps a library with this tag from being loaded here, field by field (`built with scalar double, this
/// is float`); empty: nothing.
DESCENT_API std::vector<std::string> abi_differences(std::string_view tag);
/// This host's own tag.
DESCENT_API std::string_view host_abi();

/// Loads a library whose marks were read, or gives the one loaded before, and returns its descriptors. It is
/// never unloaded. Restores the process's state (ProcessState), and adds to `warnings` when loading changed it, as
/// a library that was linked with `-ffast-math` does.
DESCENT_API std::vector<const PluginDescriptor*> load_library(const std::filesystem::path& path,
                                                              std::vector<std::string>& warnings);

/// A library that was loaded, or is being loaded. Never destroyed and never changed: the report of a crash may read it.
struct LoadedLibrary {
  std::string path;     ///< as the loader knows it
  std::string plugins;  ///< `optimizer 'adam'`, or several
  const LoadedLibrary* before;
};
/// The newest one; null: there is none. Takes no lock.
DESCENT_API const LoadedLibrary* last_loaded_library();

}  // namespace descent
