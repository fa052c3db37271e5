#include "descent/conformance/exceptions.hpp"

namespace descent::conformance {

std::span<const Exception> exceptions() {
  return {};
}

}  // namespace descent::conformance
