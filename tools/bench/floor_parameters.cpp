#include "floor_parameters.hpp"

#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/block_array.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::bench {

void adam_step(const AdamSettings& settings, long update, long count, float* value, const float* gradient,
               float* first_moment, float* second_moment) {
  const auto t = static_cast<double>(update);
  const auto step_size = static_cast<float>(settings.learning_rate / (1 - std::pow(settings.beta1, t)));
  const auto root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(settings.beta2, t)));
  const auto keep1 = static_cast<float>(settings.beta1), take1 = static_cast<float>(1 - settings.beta1);
  const auto keep2 = static_cast<float>(settings.beta2), take2 = static_cast<float>(1 - settings.beta2);
  const auto epsilon = static_cast<float>(settings.epsilon);
  // Three short loops in L1 instead of one long one: Eigen's square root is faster than the compiler's.
  for (long begin = 0; begin < count; begin += block_scalars) {
    const long size = std::min(block_scalars, count - begin);
    ArrayView p(value + begin, size), m(first_moment + begin, size), v(second_moment + begin, size);
    const ConstArrayView g(gradient + begin, size);
    m = keep1 * m + take1 * g;
    v = keep2 * v + take2 * g.square();
    p -= step_size * m / (root_correction * v.sqrt() + epsilon);
  }
}

void read_modify_write(float one, long count, float* a, float* b, float* c, float* d) {
  DESCENT_INDEPENDENT_ITERATIONS
  for (long i = 0; i < count; ++i) {
    a[i] *= one;
    b[i] *= one;
    c[i] *= one;
    d[i] *= one;
  }
}

FloorParameters::FloorParameters(const train::Training& training, std::span<const std::string> groups) {
  long size = 0;
  const auto wanted = [&](const Parameter& p) {
    return std::find(groups.begin(), groups.end(), p.group) != groups.end();
  };
  for (const auto& parameter : training.registrar().parameters()) {
    if (!wanted(*parameter)) continue;
    offsets_.emplace_back(parameter->name, size);
    size += padded(parameter->shape.size());
  }
  for (Memory* memory : {&values_, &gradients_, &first_moments_, &second_moments_, &starts_})
    *memory = Memory(size);
  for (const auto& parameter : training.registrar().parameters())
    if (wanted(*parameter))
      std::copy_n(parameter->value.data(), parameter->shape.size(), value(parameter->name));
  std::copy_n(values_.data(), size, starts_.data());
}

long FloorParameters::offset(const std::string& name) const {
  for (const auto& [known, offset] : offsets_)
    if (known == name) return offset;
  throw Error("the model has no parameter '" + name + "' that its floor knows");
}

void FloorParameters::step(const AdamSettings& settings) {
  adam_step(settings, ++updates_, values_.size(), values_.data(), gradients_.data(), first_moments_.data(),
            second_moments_.data());
}

void FloorParameters::touch(float one) {
  read_modify_write(one, values_.size(), values_.data(), gradients_.data(), first_moments_.data(),
                    second_moments_.data());
}

FloorParameters::Difference FloorParameters::compare(const train::Training& training) const {
  Difference difference;
  for (const auto& parameter : training.registrar().parameters()) {
    const auto known = std::find_if(offsets_.begin(), offsets_.end(),
                                    [&](const auto& named) { return named.first == parameter->name; });
    if (known == offsets_.end()) continue;
    for (long i = 0; i < parameter->shape.size(); ++i) {
      const double here = values_.data()[known->second + i];
      const double apart = here - parameter->value.data()[i],
                   moved = here - starts_.data()[known->second + i];
      difference.apart_squared += apart * apart;
      difference.moved_squared += moved * moved;
    }
  }
  return difference;
}

}  // namespace descent::bench
