#include "descent/run/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace descent::run {

static constexpr double vanishing_ratio = 1e-7, vanishing_share = 1e-4, explosion_factor = 1e3;
static constexpr int looks_in_a_row = 3;

static std::string layer_of(const std::string& parameter) {
  return parameter.substr(0, parameter.rfind('.'));
}

static double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

bool Diagnosis::is_due(std::int64_t step) const {
  const std::int64_t period = std::max<std::int64_t>(1, total_steps_ / 20);
  return step == 1 || step == 10 || step == 100 || step % period == 0;
}

void Diagnosis::gather(const train::UpdateStatistics& statistics, std::int64_t step) {
  for (Layer& layer : layers_) layer.now = {};
  for (const train::UpdateStatistics::Entry& entry : statistics.entries()) {
    const std::string name = layer_of(entry.parameter->name);
    auto layer =
        std::find_if(layers_.begin(), layers_.end(), [&](const Layer& other) { return other.name == name; });
    if (layer == layers_.end()) {
      layers_.push_back({name, entry.player, {}, {}});
      layer = std::prev(layers_.end());
    }
    if (entry.sums.step != step) continue;
    layer->now += entry.sums;
    layer->now.step = step;
  }
}

void Diagnosis::judge(Layer& layer, double liveliest, std::vector<std::string>& found) {
  const double gradient = layer.now.gradient_norm(), update = layer.now.update_norm(),
               value = layer.now.value_norm(), ratio = gradient / value;
  const auto tell = [&](bool& told, bool holds, const std::string& sentence) {
    if (holds && !told) found.push_back(sentence);
    told = told || holds;
  };
  layer.vanishing = ratio < vanishing_ratio && ratio < vanishing_share * liveliest ? layer.vanishing + 1 : 0;
  tell(layer.vanishing_told, layer.vanishing >= looks_in_a_row,
       fmt::format("gradients vanish at {} ({:.1g} of its values)", layer.name, ratio));
  layer.overtaking = value > 0 && update > value ? layer.overtaking + 1 : 0;
  tell(layer.overtaking_told, layer.overtaking >= looks_in_a_row,
       fmt::format("updates are larger than values at {} ({:.2g} times)", layer.name, update / value));
  if (!layer.gradient_norms.empty()) {
    const double usual = median(layer.gradient_norms);
    tell(layer.explosion_told, gradient > value && gradient > explosion_factor * usual && usual > 0,
         fmt::format("gradients explode at {} ({:.1g} times what was usual before, {:.1g} of its values)",
                     layer.name, gradient / usual, ratio));
  }
  layer.gradient_norms.push_back(gradient);
  if (layer.first_value_norm == 0) layer.first_value_norm = value;
}

std::vector<std::string> Diagnosis::look(const train::UpdateStatistics& statistics, std::int64_t step) {
  gather(statistics, step);
  std::vector<std::string> found;
  for (Layer& layer : layers_) {
    if (layer.now.step != step) continue;
    double liveliest = 0;
    for (const Layer& other : layers_)
      if (other.player == layer.player && other.now.step == step && other.now.value > 0)
        liveliest = std::max(liveliest, other.now.gradient_norm() / other.now.value_norm());
    judge(layer, liveliest, found);
  }
  return found;
}

std::vector<std::string> Diagnosis::look_at_divergence(const train::Training& training) {
  std::vector<std::string> found;
  for (const Layer& layer : layers_) {
    double squares = 0;
    for (const auto& parameter : training.registrar().parameters())
      if (layer_of(parameter->name) == layer.name)
        for (const Scalar number : std::as_const(parameter->value).values())
          squares += static_cast<double>(number) * static_cast<double>(number);
    const double growth = std::sqrt(squares) / layer.first_value_norm;
    if (!std::isfinite(squares))
      found.push_back(fmt::format("values explode at {} (they are no longer finite)", layer.name));
    else if (layer.first_value_norm > 0 && growth > explosion_factor)
      found.push_back(
          fmt::format("values explode at {} ({:.1g} times what they were at the start)", layer.name, growth));
  }
  return found;
}

}  // namespace descent::run
