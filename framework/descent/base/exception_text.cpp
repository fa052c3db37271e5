#include "descent/base/exception_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <system_error>

namespace descent {

using std::filesystem::filesystem_error;

// `cannot create directories`, of `filesystem error: cannot create directories: Permission denied [/data]`.
static std::string operation_of(const filesystem_error& error) {
  std::string text = error.what();
  const std::string prefix = "filesystem error: ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text.substr(0, text.find(": " + error.code().message()));
}

static std::string reason_of(const filesystem_error& error) {
  if (error.code() == std::errc::not_a_directory) return "a part of this path is a file, not a folder";
  std::string reason = error.code().message();
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return reason;
}

// Whether the folder that the process is in has been removed.
static bool current_folder_is_gone() {
  std::error_code error;
  const std::filesystem::path current = std::filesystem::current_path(error);
  return current.empty() && error == std::errc::no_such_file_or_directory;
}

std::string exception_text(const std::exception& exception) {
  const auto* error = dynamic_cast<const filesystem_error*>(&exception);
  if (error == nullptr) return exception.what();
  if (error->code() == std::errc::no_such_file_or_directory && !error->path1().is_absolute() &&
      current_folder_is_gone())
    return "the current folder does not exist any more; change into one that does";
  std::string text = operation_of(*error);
  if (!error->path1().empty()) text += fmt::format(" '{}'", error->path1().string());
  if (!error->path2().empty()) text += fmt::format(" to '{}'", error->path2().string());
  return fmt::format("{}: {}", text, reason_of(*error));
}

bool is_about_a_path(const std::exception& exception) {
  const auto* error = dynamic_cast<const filesystem_error*>(&exception);
  if (error == nullptr) return false;
  static constexpr std::array theirs = {std::errc::no_such_file_or_directory,
                                        std::errc::not_a_directory,
                                        std::errc::is_a_directory,
                                        std::errc::file_exists,
                                        std::errc::permission_denied,
                                        std::errc::operation_not_permitted,
                                        std::errc::read_only_file_system,
                                        std::errc::filename_too_long,
                                        std::errc::too_many_symbolic_link_levels};
  return std::any_of(theirs.begin(), theirs.end(), [&](std::errc code) { return error->code() == code; });
}

}  // namespace descent
