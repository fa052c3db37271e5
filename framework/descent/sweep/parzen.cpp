#include "descent/sweep/parzen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace descent::sweep {

namespace {

constexpr double prior_weight = 1, prior_middle = 0.5, prior_width = 1;
constexpr double width_factor = 0.1;
constexpr double most_clip = 100;
constexpr std::size_t remembered = 25;

// The mass of the standard normal density between a and b, exact in both tails.
double normal_mass(double a, double b) {
  if (a > 0) return normal_mass(-b, -a);
  return 0.5 * (std::erfc(-b * std::numbers::sqrt2 / 2) - std::erfc(-a * std::numbers::sqrt2 / 2));
}

// Of the oldest first; the prior is the last.
std::vector<double> kernel_weights(std::size_t observations) {
  std::vector<double> weights(observations, 1.0);
  if (observations > remembered) {
    const std::size_t ramp = observations - remembered;
    const double least = 1 / static_cast<double>(observations);
    for (std::size_t i = 0; i < ramp; ++i)
      weights[i] =
          ramp == 1 ? least : least + (1 - least) * static_cast<double>(i) / static_cast<double>(ramp - 1);
  }
  weights.push_back(prior_weight);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

double reached(const SearchPoint& point) {
  return static_cast<double>(
      std::count_if(point.begin(), point.end(), [](double at) { return !std::isnan(at); }));
}

// How many observations reach each axis.
std::vector<double> reaching(const SearchSpace& space, const std::vector<const SearchPoint*>& observations) {
  std::vector<double> counts(space.axes().size(), 0.0);
  for (const SearchPoint* point : observations)
    for (std::size_t axis = 0; axis < counts.size(); ++axis)
      counts[axis] += std::isnan((*point)[axis]) ? 0 : 1;
  return counts;
}

double kernel_width(double observations, double axes) {
  return std::max(width_factor * std::pow(observations, -1 / (axes + 4)),
                  1 / std::min(most_clip, observations + 2));
}

}  // namespace

ParzenEstimator::ParzenEstimator(const SearchSpace& space,
                                 const std::vector<const SearchPoint*>& observations)
    : space_(space), observations_(observations.size()), weights_(kernel_weights(observations.size())) {
  for (const double weight : weights_) log_weights_.push_back(std::log(weight));
  const std::vector<double> counts = reaching(space, observations);
  own_choice_ = prior_weight / (static_cast<double>(observations_) + 1);
  for (std::size_t kernel = 0; kernel <= observations_; ++kernel) {
    std::vector<double>& middles = middles_.emplace_back(space.axes().size(), NAN);
    std::vector<double>& widths = widths_.emplace_back(space.axes().size(), prior_width);
    std::vector<double>& log_masses = log_masses_.emplace_back(space.axes().size(), 0.0);
    for (std::size_t axis = 0; axis < space.axes().size(); ++axis) {
      const double at = kernel < observations_ ? (*observations[kernel])[axis] : NAN;
      if (space.axes()[axis].choices > 0) {
        middles[axis] = at;
        continue;
      }
      if (std::isnan(at)) {
        middles[axis] = prior_middle;
      } else {
        const auto [low, high] = space.cell(axis, at);
        middles[axis] = (low + high) / 2;
        widths[axis] = kernel_width(counts[axis], reached(*observations[kernel]));
      }
      log_masses[axis] =
          std::log(normal_mass(-middles[axis] / widths[axis], (1 - middles[axis]) / widths[axis]));
    }
  }
}

double ParzenEstimator::log_factor(std::size_t axis, std::size_t kernel, double at,
                                   std::pair<double, double> cell) const {
  const auto choices = static_cast<double>(space_.axes()[axis].choices);
  const double middle = middles_[kernel][axis], width = widths_[kernel][axis];
  if (choices > 0) {
    if (std::isnan(middle)) return -std::log(choices);
    return std::log((own_choice_ + (at == middle ? 1 : 0)) / (choices * own_choice_ + 1));
  }
  if (cell.first < cell.second)
    return std::log(normal_mass((cell.first - middle) / width, (cell.second - middle) / width)) -
           log_masses_[kernel][axis];
  const double z = (at - middle) / width;
  return -z * z / 2 - std::log(width * std::sqrt(2 * std::numbers::pi)) - log_masses_[kernel][axis];
}

double ParzenEstimator::log_density(const SearchPoint& point) const {
  std::vector<double> logs = log_weights_;
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    if (!space_.is_reached(axis, point)) continue;
    const bool range = space_.axes()[axis].choices == 0;
    const auto cell = range ? space_.cell(axis, point[axis]) : std::pair(0.0, 0.0);
    for (std::size_t kernel = 0; kernel < logs.size(); ++kernel)
      logs[kernel] += log_factor(axis, kernel, point[axis], cell);
  }
  // The prior is finite everywhere.
  const double greatest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - greatest);
  return greatest + std::log(sum);
}

double ParzenEstimator::draw_factor(std::size_t axis, std::size_t kernel, RandomStream& random) const {
  const std::size_t choices = space_.axes()[axis].choices;
  const double middle = middles_[kernel][axis];
  if (choices > 0) {
    const auto count = static_cast<double>(choices);
    const bool own = !std::isnan(middle) && random.uniform() * (count * own_choice_ + 1) < 1;
    return own ? middle : std::min(std::floor(random.uniform() * count), count - 1);
  }
  // At least a third of the density lies within the range, wherever its middle is there.
  for (;;) {
    const double at = middle + widths_[kernel][axis] * random.normal();
    if (at >= 0 && at <= 1) return at;
  }
}

SearchPoint ParzenEstimator::draw(RandomStream& random) const {
  double left = random.uniform();
  std::size_t kernel = 0;
  while (kernel < observations_ && left >= weights_[kernel]) left -= weights_[kernel++];
  SearchPoint point(space_.axes().size(), NAN);
  for (std::size_t axis = 0; axis < point.size(); ++axis)
    if (space_.is_reached(axis, point)) point[axis] = draw_factor(axis, kernel, random);
  return point;
}

}  // namespace descent::sweep
