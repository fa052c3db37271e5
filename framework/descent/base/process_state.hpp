#pragma once

#include <clocale>
#include <locale>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/descriptor.hpp"
#include "descent/base/floating_point_state.hpp"

namespace descent {

/// What any library can change for the whole process, and numbers, texts and files depend on, as it was when the object
/// was made: this thread's floating-point environment, the locale, the current directory.
class DESCENT_API ProcessState {
 public:
  ProcessState();

  /// Puts back what has changed since, and names it: `the rounding mode of floating-point numbers`. Empty, without
  /// taking anything from the heap: nothing has. Of the directory, only where `with_directory`: the system is asked for
  /// that one.
  std::vector<std::string> restore(bool with_directory = true);

 private:
  void restore_locale(std::vector<std::string>& changed);
  void restore_directory(std::vector<std::string>& changed) const;

  FloatingPointState numbers_;
  std::string c_locale_;
  std::locale locale_;
  locale_t thread_locale_;
  Descriptor directory_;  // none where the directory could not be opened: it is not watched then
};

/// `the locale and the current directory`
DESCENT_API std::string list_of_changes(const std::vector<std::string>& changed);

}  // namespace descent
