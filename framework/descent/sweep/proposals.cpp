#include "descent/sweep/proposals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "descent/base/checksum.hpp"
#include "descent/sweep/axis_tree.hpp"
#include "descent/sweep/cmaes.hpp"
#include "descent/sweep/tpe.hpp"

namespace descent::sweep {

namespace {

std::vector<std::size_t> ranking_of(const std::vector<SearchScore>& scores) {
  std::vector<std::size_t> ranking(scores.size());
  std::iota(ranking.begin(), ranking.end(), std::size_t{0});
  std::stable_sort(ranking.begin(), ranking.end(), [&](std::size_t left, std::size_t right) {
    return analysis::ranks_before(scores[left], scores[right], "higher");
  });
  return ranking;
}

SearchHistory history_of(const std::vector<SearchRound>& rounds) {
  SearchHistory history;
  std::vector<SearchScore> scores;
  for (const SearchRound& round : rounds) {
    history.points.insert(history.points.end(), round.points.begin(), round.points.end());
    scores.insert(scores.end(), round.scores.begin(), round.scores.end());
    for (const auto& settings : round.settings) history.keys.insert(settings_key(settings));
  }
  history.ranking = ranking_of(scores);
  return history;
}

std::vector<SearchPoint> propose_generation(const SweepSpec& spec, const SearchSpace& space,
                                            const std::vector<SearchRound>& rounds) {
  const auto dimensions = static_cast<std::int64_t>(space.axes().size());
  CmaEs search(dimensions, spec.batch);
  for (const SearchRound& round : rounds) {
    Eigen::MatrixXd ranked(dimensions, spec.batch);
    std::int64_t place = 0;
    for (const std::size_t point : ranking_of(round.scores))
      ranked.col(place++) = Eigen::Map<const Eigen::VectorXd>(round.points[point].data(), dimensions);
    search.tell(ranked);
  }
  const std::uint64_t key = stream_key(spec.seed, "sweep/cmaes");
  std::vector<SearchPoint> points;
  for (std::int64_t i = 0; i < spec.batch; ++i) {
    RandomStream random(key, static_cast<std::uint32_t>(rounds.size()), static_cast<std::uint32_t>(i));
    const Eigen::VectorXd point = search.ask(random);
    points.emplace_back(point.begin(), point.end());
  }
  return points;
}

void describe(const Axis& axis, std::string& lines) {
  lines += "axis " + axis.path;
  if (axis.range)
    lines += fmt::format(" {} {} {} {}", axis.range->minimum.number(), axis.range->maximum.number(),
                         axis.range->logarithmic, axis.range->is_whole());
  lines += "\n";
  for (const AxisChoice& choice : axis.choices) {
    lines += fmt::format("choice {}\n", setting_text(choice.value));
    for (const Axis& inner : choice.axes) describe(inner, lines);
    lines += "end\n";
  }
}

}  // namespace

std::vector<SearchPoint> propose(const SweepSpec& spec, const SearchSpace& space,
                                 const std::vector<SearchRound>& rounds) {
  if (spec.method == SweepSpec::Method::cmaes) return propose_generation(spec, space, rounds);
  return propose_tpe(space, history_of(rounds), spec.seed, static_cast<std::uint32_t>(rounds.size()),
                     static_cast<std::size_t>(spec.batch));
}

std::vector<std::vector<Setting>> first_round(const SweepSpec& spec) {
  const SearchSpace space(spec);
  SearchRound round;
  for (const SearchPoint& point : propose(spec, space, {}))
    round.settings.push_back(space.settings_of(point));
  return settings_of(spec, {round});
}

std::vector<std::vector<Setting>> settings_of(const SweepSpec& spec, const std::vector<SearchRound>& rounds) {
  std::vector<std::vector<Setting>> all;
  std::set<std::string> keys;
  for (const SearchRound& round : rounds)
    for (const std::vector<Setting>& settings : round.settings)
      if (std::ssize(all) < spec.runs && keys.insert(settings_key(settings)).second) all.push_back(settings);
  return all;
}

std::string search_identity(const SweepSpec& spec, const std::string& base_hash) {
  std::string lines = fmt::format("base {}\nmethod {}\nseed {}\nbatch {}\nobjective {}\n", base_hash,
                                  sweep_method_names()[static_cast<std::size_t>(spec.method)], spec.seed,
                                  spec.batch, spec.objective);
  for (const std::int64_t seed : spec.seeds) lines += fmt::format("of seed {}\n", seed);
  for (const auto& tied : tied_axes(spec)) {
    for (const Axis* axis : tied) describe(*axis, lines);
    lines += "\n";
  }
  return sha256(lines).substr(0, 16);
}

}  // namespace descent::sweep
