#include "support/test_registry.hpp"

#include <filesystem>

namespace descent::testing {

Registry& test_registry() {
  static Registry registry = [] {
    Registry made;
    made.add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");
    made.add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "tests/plugins");
    return made;
  }();
  return registry;
}

}  // namespace descent::testing
