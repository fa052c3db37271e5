#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

/// numpy's array format. Internal.
namespace descent::conformance {

struct NpyArray {
  std::vector<std::int64_t> extents;
  std::vector<double> values;
};

/// What is wrong with an array, as a sentence goes on: `is cut short`.
class NpyProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The content of a .npy file: format versions 1 to 3, row-major, little-endian float64, float32, int64,
/// int32 or bool. Throws NpyProblem for anything else.
NpyArray parse_npy(const std::string& bytes);

}  // namespace descent::conformance
