#include "descent/conformance/exceptions.hpp"

#include <array>

namespace descent::conformance {

std::span<const Exception> exceptions() {
  static constexpr std::array all = {
      Exception{PluginKind::optimizer, "lion", "hard_gradients",
                "an infinite gradient has a sign: the step stays as long as any other, and the infinity is "
                "seen in the momentum alone"},
      Exception{
          PluginKind::loss, "lecam", "options",
          "its decay is that of means over updates, of which the suite makes none; it has a test of its own"},
  };
  return all;
}

}  // namespace descent::conformance
