#include "descent/sweep/tpe.hpp"

#include <algorithm>
#include <cmath>

#include "descent/sweep/parzen.hpp"

namespace descent::sweep {

namespace {

constexpr std::size_t candidates = 24;
constexpr double best_share = 0.1;
constexpr std::size_t most_best = 25;
// Where one candidate after the other was tried before: how often more are drawn.
constexpr int most_tries = 50;

std::size_t best_count(std::size_t points) {
  return std::min(static_cast<std::size_t>(std::ceil(best_share * static_cast<double>(points))), most_best);
}

// Every choice is equally likely, and every share of a range.
SearchPoint uniform_point(const SearchSpace& space, RandomStream& random) {
  SearchPoint point(space.axes().size(), NAN);
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    if (!space.is_reached(axis, point)) continue;
    const auto choices = static_cast<double>(space.axes()[axis].choices);
    const double share = random.uniform();
    point[axis] = choices > 0 ? std::min(std::floor(share * choices), choices - 1) : share;
  }
  return point;
}

/// The two densities, with what was proposed in this round among the worse.
class TpeRound {
 public:
  TpeRound(const SearchSpace& space, const SearchHistory& history)
      : space_(space), history_(history), is_best_(history.points.size(), false), keys_(history.keys) {
    for (std::size_t i = 0; i < best_count(history.points.size()); ++i) is_best_[history.ranking[i]] = true;
  }

  bool add(SearchPoint point) {
    if (!keys_.insert(settings_key(space_.settings_of(point))).second) return false;
    proposed_.push_back(std::move(point));
    return true;
  }

  bool add_uniform(RandomStream& random) {
    for (int tries = 0; tries < most_tries * static_cast<int>(candidates); ++tries)
      if (add(uniform_point(space_, random))) return true;
    return false;
  }

  bool add_likely(RandomStream& random) {
    const ParzenEstimator best(space_, observations(true)), others(space_, observations(false));
    for (int tries = 0; tries < most_tries; ++tries) {
      std::vector<std::pair<double, SearchPoint>> drawn;
      for (std::size_t i = 0; i < candidates; ++i) {
        SearchPoint point = best.draw(random);
        const double gain = best.log_density(point) - others.log_density(point);
        drawn.emplace_back(gain, std::move(point));
      }
      std::stable_sort(drawn.begin(), drawn.end(),
                       [](const auto& left, const auto& right) { return left.first > right.first; });
      for (auto& [gain, point] : drawn)
        if (add(std::move(point))) return true;
    }
    return add_uniform(random);
  }

  std::vector<SearchPoint> take() { return std::move(proposed_); }

 private:
  std::vector<const SearchPoint*> observations(bool best) const {
    std::vector<const SearchPoint*> points;
    for (std::size_t i = 0; i < history_.points.size(); ++i)
      if (is_best_[i] == best) points.push_back(&history_.points[i]);
    if (!best)
      for (const SearchPoint& point : proposed_) points.push_back(&point);
    return points;
  }

  const SearchSpace& space_;
  const SearchHistory& history_;
  std::vector<bool> is_best_;
  std::set<std::string> keys_;
  std::vector<SearchPoint> proposed_;
};

}  // namespace

std::vector<SearchPoint> propose_tpe(const SearchSpace& space, const SearchHistory& history,
                                     std::uint64_t seed, std::uint32_t round, std::size_t batch) {
  const std::uint64_t key = stream_key(seed, "sweep/tpe");
  TpeRound proposals(space, history);
  for (std::size_t i = 0; i < batch; ++i) {
    RandomStream random(key, round, static_cast<std::uint32_t>(i));
    const bool found =
        history.points.size() < tpe_startup ? proposals.add_uniform(random) : proposals.add_likely(random);
    if (!found) break;
  }
  return proposals.take();
}

}  // namespace descent::sweep
