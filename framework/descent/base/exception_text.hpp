#pragma once

#include <exception>
#include <string>

#include "descent/base/api.hpp"

namespace descent {

/// What an exception says, as a sentence for people: `cannot create directories '/data/runs': permission denied`
/// where the standard library says `filesystem error: cannot create directories: Permission denied [/data/runs]`.
DESCENT_API std::string exception_text(const std::exception& exception);

/// Whether it is a mistake of who asked, such as a path that leads through a file or into a folder that is not
/// theirs, and not of the machine.
DESCENT_API bool is_about_a_path(const std::exception& exception);

}  // namespace descent
