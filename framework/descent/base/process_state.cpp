#include "descent/base/process_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace descent {

// O_PATH: to read the directory is not needed, nor always allowed.
ProcessState::ProcessState()
    : c_locale_(std::setlocale(LC_ALL, nullptr)),
      thread_locale_(uselocale(nullptr)),
      directory_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::vector<std::string> ProcessState::restore(bool with_directory) {
  std::vector<std::string> changed;
  if (numbers_.changed()) {
    if (numbers_.rounding_changed()) changed.emplace_back("the rounding mode of floating-point numbers");
    if (numbers_.flushing_changed()) changed.emplace_back("how tiny numbers are treated (flush to zero)");
    if (changed.empty()) changed.emplace_back("which floating-point exceptions trap");
    numbers_.restore();
  }
  restore_locale(changed);
  if (with_directory) restore_directory(changed);
  return changed;
}

void ProcessState::restore_locale(std::vector<std::string>& changed) {
  const bool same = std::strcmp(std::setlocale(LC_ALL, nullptr), c_locale_.c_str()) == 0 &&
                    uselocale(nullptr) == thread_locale_ && std::locale() == locale_;
  if (same) return;
  std::locale::global(locale_);
  std::setlocale(LC_ALL, c_locale_.c_str());
  uselocale(thread_locale_);
  changed.emplace_back("the locale");
}

void ProcessState::restore_directory(std::vector<std::string>& changed) const {
  struct stat then, now;
  if (directory_.get() < 0 || fstat(directory_.get(), &then) != 0) return;
  const bool same = stat(".", &now) == 0 && now.st_dev == then.st_dev && now.st_ino == then.st_ino;
  if (!same && fchdir(directory_.get()) == 0) changed.emplace_back("the current directory");
}

std::string list_of_changes(const std::vector<std::string>& changed) {
  std::string text;
  for (std::size_t i = 0; i < changed.size(); ++i)
    text += (i == 0 ? "" : i + 1 == changed.size() ? " and " : ", ") + changed[i];
  return text;
}

}  // namespace descent
