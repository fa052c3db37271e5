#pragma once

#include <cstdlib>

/// Ends the process when the library's static initializers run: a host that refuses by the marks alone never
/// gets here.
[[maybe_unused]] static const int must_not_run = (std::abort(), 0);
