#include "fixed_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "descent/archive/npz_file.hpp"
#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

namespace {

Tensor read(const archive::NpzFile& file, const std::filesystem::path& path, const std::string& name,
            const Shape& shape) {
  if (!file.has(name))
    throw Error("'" + path.string() + "' has no array '" + name + "' for these layers; it has " +
                join(file.names()));
  const ElementArray array = file.array(name);
  const Shape found{std::span<const std::int64_t>(array.extents)};
  if (!(found == shape))
    throw Error("the array '" + name + "' of '" + path.string() + "' is " + found.text() +
                ", but these layers need " + shape.text());
  const std::vector<double> numbers = array.numbers();
  if (!std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); }))
    throw Error("the array '" + name + "' of '" + path.string() + "' holds numbers that are not finite");
  return Tensor::of(shape, numbers);
}

}  // namespace

FixedNetwork::FixedNetwork(NetworkSpec& layers, const Shape& input, const Shape& output,
                           const std::string& group, const std::filesystem::path& file)
    : network_(layers, input, output, group, registrar_), sha256_(sha256_of_file(file)) {
  const archive::NpzFile arrays(file);
  for (const auto& parameter : registrar_.parameters())
    parameter->variable = Variable(read(arrays, file, parameter->name, parameter->shape));
  for (const auto& buffer : registrar_.buffers())
    buffer->assign(read(arrays, file, buffer->name(), buffer->value().shape()));
}

Shape FixedNetwork::output_in(const std::filesystem::path& file, const std::string& group) {
  const archive::NpzFile arrays(file);
  std::int64_t last = -1, outputs = 0;
  for (const std::string& name : arrays.names()) {
    if (!name.starts_with(group + ".") || !name.ends_with(".weight")) continue;
    const std::int64_t layer = std::atoll(name.c_str() + group.size() + 1);
    const ElementArray array = arrays.array(name);
    if (layer < last || array.extents.empty()) continue;
    last = layer;
    outputs = array.extents.back();
  }
  if (last < 0)
    throw Error("'" + file.string() + "' has no array '" + group + ".N.weight'; it has " +
                join(arrays.names()));
  return {outputs};
}

Variable FixedNetwork::features(const Variable& x) const {
  Pass pass(Mode::evaluation, 0, 0, 0, BufferUpdates::none);
  return network_.forward_with_features(x, {}, pass).features;
}

Variable FixedNetwork::operator()(const Variable& x) const {
  Pass pass(Mode::evaluation, 0, 0, 0, BufferUpdates::none);
  return network_.forward(x, pass);
}

}  // namespace descent
