#pragma once

#include <span>
#include <string_view>

namespace descent::program {

/// A file of tools/descent/templates, built into the program: an installed copy needs no folder beside it.
struct Template {
  std::string_view path;  ///< `optimizer/NAME.cpp`
  std::string_view text;
};

std::span<const Template> templates();

}  // namespace descent::program
