#include "descent/sweep/search_journal.hpp"

#include <cmath>
#include <map>
#include <sstream>

#include "descent/base/file.hpp"
#include "descent/config/required.hpp"
#include "descent/runlog/checked_json.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

struct RoundLine {
  std::string identity;
  std::size_t number = 0;
  SearchRound round;
  std::vector<SearchScore> scores_before;
};

Value list_of_point(const SearchPoint& point) {
  Value list = Value::list();
  for (const double at : point) list.items().push_back(std::isnan(at) ? Value() : Value::of(at));
  return list;
}

Value map_of(const std::vector<Setting>& settings) {
  Value map = Value::map();
  for (const Setting& setting : settings) map.set(setting.path, setting.value);
  return map;
}

Value map_of(const SearchScore& score) {
  Value map = Value::map();
  map.set("count", Value::of(static_cast<std::int64_t>(score.count)));
  map.set("mean", score.count > 0 ? Value::of(score.mean) : Value());
  map.set("wrong", Value::of(static_cast<std::int64_t>(score.wrong)));
  return map;
}

std::size_t count_in(const Value& map, const char* key) {
  const std::int64_t count = required(map, key, Value::Kind::integer).integer();
  if (count < 0) throw Error(map.location(), "a count below 0");
  return static_cast<std::size_t>(count);
}

SearchScore score_of(const Value& map) {
  SearchScore score{count_in(map, "count"), 0, count_in(map, "wrong")};
  if (score.count > 0) score.mean = required(map, "mean", Value::Kind::number).number();
  return score;
}

SearchPoint point_of(const Value& list) {
  SearchPoint point;
  if (!list.is(Value::Kind::list)) throw Error(list.location(), "a point is a list of numbers");
  for (const Value& at : list.items()) point.push_back(at.is_number() ? at.number() : NAN);
  return point;
}

// The values of a point, with the numbers that the line has: those were played, though another machine would round others.
// JSON does not tell 1.0 from 1, the axes do.
std::vector<Setting> settings_in(const Value& map, const SearchSpace& space, const SearchPoint& point) {
  if (!space.is_valid(point)) throw Error(map.location(), "a point that does not fit to the axes");
  std::vector<Setting> settings = space.settings_of(point);
  for (Setting& setting : settings) {
    const Value* there = map.find(setting.path);
    if (there == nullptr) throw Error(map.location(), "settings that do not fit to the axes");
    if (setting.value.is(Value::Kind::integer))
      setting.value = required(map, setting.path, Value::Kind::integer);
    else if (setting.value.is(Value::Kind::number))
      setting.value = Value::of(required(map, setting.path, Value::Kind::number).number());
  }
  return settings;
}

// Throws Error for a line that is none of a search, or damaged.
RoundLine parse_round(const std::string& text, const SearchSpace& space) {
  const Value line = runlog::parse_checked_json(text, {});
  RoundLine parsed{required(line, "search", Value::Kind::text).text(), count_in(line, "round"), {}, {}};
  for (const Value& list : required(line, "points", Value::Kind::list).items())
    parsed.round.points.push_back(point_of(list));
  const std::vector<Value>& settings = required(line, "settings", Value::Kind::list).items();
  if (parsed.round.points.empty() || parsed.round.points.size() != settings.size())
    throw Error(line.location(), "not as many settings as points");
  for (std::size_t i = 0; i < settings.size(); ++i)
    parsed.round.settings.push_back(settings_in(settings[i], space, parsed.round.points[i]));
  for (const Value& map : required(line, "scores", Value::Kind::list).items())
    parsed.scores_before.push_back(score_of(map));
  return parsed;
}

}  // namespace

std::vector<SearchRound> read_rounds(const FrozenSweep& sweep, const SearchSpace& space,
                                     const std::string& identity) {
  const fs::path journal = sweep.directory / files::journal;
  std::istringstream stream(fs::exists(journal) ? read_file(journal) : "");
  std::map<std::size_t, RoundLine> lines;
  for (std::string text; std::getline(stream, text) && !stream.eof();) {
    try {
      RoundLine line = parse_round(text, space);
      const std::size_t number = line.number;
      if (line.identity == identity) lines.emplace(number, std::move(line));
    } catch (const Error&) {
      continue;
    }
  }
  const bool whole_generations = sweep.spec.method == SweepSpec::Method::cmaes;
  std::vector<SearchRound> rounds;
  for (auto& [number, line] : lines) {
    const std::size_t before = rounds.empty() ? 0 : rounds.back().points.size();
    const bool fits = number == rounds.size() && line.scores_before.size() == before &&
                      (!whole_generations || std::ssize(line.round.points) == sweep.spec.batch);
    if (!fits) break;
    if (!rounds.empty()) rounds.back().scores = std::move(line.scores_before);
    rounds.push_back(std::move(line.round));
  }
  return rounds;
}

void append_round(const FrozenSweep& sweep, const std::string& identity,
                  const std::vector<SearchRound>& rounds) {
  Value points = Value::list(), settings = Value::list(), scores = Value::list();
  for (const SearchPoint& point : rounds.back().points) points.items().push_back(list_of_point(point));
  for (const auto& one : rounds.back().settings) settings.items().push_back(map_of(one));
  if (rounds.size() > 1)
    for (const SearchScore& score : rounds[rounds.size() - 2].scores) scores.items().push_back(map_of(score));
  Value line = Value::map();
  line.set("search", Value::of(identity));
  line.set("round", Value::of(static_cast<std::int64_t>(rounds.size() - 1)));
  line.set("scores", std::move(scores));
  line.set("points", std::move(points));
  line.set("settings", std::move(settings));
  runlog::append_durably(sweep.directory / files::journal, runlog::checked_json(line));
}

}  // namespace descent::sweep
