#include "descent/conformance/exceptions.hpp"

#include <array>

namespace descent::conformance {

std::span<const Exception> exceptions() {
  static constexpr std::array all = {
      Exception{PluginKind::optimizer, "lion", "hard_gradients",
                "an infinite gradient has a sign: the step stays as long as any other, and the infinity is "
                "seen in the momentum alone"},
  };
  return all;
}

}  // namespace descent::conformance
