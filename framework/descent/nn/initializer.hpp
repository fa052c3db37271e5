#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/random.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// How many inputs and outputs the layer has that a parameter belongs to.
struct Fan {
  std::int64_t in = 1;
  std::int64_t out = 1;
};

/// Fills a new parameter. The stream is the parameter's own, so that its start depends on nothing but seed
/// and name.
using Initializer = std::function<void(Tensor& parameter, const Fan& fan, RandomStream& random)>;

/// An initializer as a description may name it, for manual pages.
struct NamedInitializer {
  std::string name;
  std::string argument;  ///< what its number is; empty: it takes none
  /// Its number where only the name is given; none: the number is required.
  std::optional<double> default_value;
  std::string meaning;
};

namespace initialize {

DESCENT_API Initializer constant(double value);
DESCENT_API Initializer values(std::vector<double> values);
DESCENT_API Initializer normal(double stddev, double mean = 0);
DESCENT_API Initializer uniform(double low, double high);
/// U(±√(6/(in + out))) or N(0, 2/(in + out)). Glorot and Bengio, Understanding the difficulty of training
/// deep feedforward neural networks, 2010, equation 16.
DESCENT_API Initializer glorot_uniform();
DESCENT_API Initializer glorot_normal();
/// U(±√(6/in)) or N(0, 2/in). He et al., Delving Deep into Rectifiers, 2015, equation 10.
DESCENT_API Initializer he_uniform();
DESCENT_API Initializer he_normal();
/// U(±√(3/in)) or N(0, 1/in). LeCun et al., Efficient BackProp, 1998, equation 16.
DESCENT_API Initializer lecun_uniform();
DESCENT_API Initializer lecun_normal();
/// U(±1/√in), biases too: the baseline of Glorot and Bengio (equation 1) and PyTorch's default.
DESCENT_API Initializer fan_in_uniform();
/// Orthonormal rows or columns times `gain`: from the QR decomposition of a normal matrix, with the signs of
/// R's diagonal. Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear networks,
/// 2014.
DESCENT_API Initializer orthogonal(double gain = 1);

/// How a layer's parameters start: biases at zero, but for fan_in_uniform.
struct LayerStart {
  Initializer weights;
  Initializer biases;
};
/// Reads a description: a name (`he_normal`), or a map with the name's number (`{normal: 0.02}`, `{uniform:
/// 0.05}` for U(±0.05), `{constant: 1}`, `{orthogonal: 1.41}`). Adds what is wrong with it to `problems`,
/// with its place.
DESCENT_API LayerStart parse(const Value& value, Diagnostics& diagnostics);
/// The names that a description may use.
DESCENT_API std::vector<std::string> names();
DESCENT_API std::vector<NamedInitializer> all();

}  // namespace initialize
}  // namespace descent
