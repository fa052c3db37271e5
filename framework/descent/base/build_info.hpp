#pragma once

#include "descent/base/api.hpp"

namespace descent {

/// How this library was built.
struct BuildInfo {
  const char* version;          ///< `0.1.0`
  const char* git_commit;       ///< of the source tree; empty when it was no git checkout
  bool git_dirty;               ///< whether the tree held changes that were not committed
  const char* compiler;         ///< `GNU 12.2.0`
  const char* flags;            ///< optimization and architecture
  const char* build_type;       ///< `Release`
  const char* scalar;           ///< `float` or `double`
  const char* instruction_set;  ///< value of -march
  const char* sanitizers;       ///< value of -fsanitize; empty: none
};

DESCENT_API const BuildInfo& build_info();

}  // namespace descent
