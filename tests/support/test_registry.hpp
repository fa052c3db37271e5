#pragma once

#include "descent/plugin/registry.hpp"

namespace descent::testing {

/// The plugins of the build tree, those for tests included.
Registry& test_registry();

}  // namespace descent::testing
