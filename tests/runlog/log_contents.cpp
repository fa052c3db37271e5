#include "runlog/log_contents.hpp"

#include <algorithm>
#include <bit>

namespace descent {

LogContents contents_of(const runlog::LogReader& log) {
  LogContents contents;
  const auto add = [&](const std::string& where, const auto& numbers) {
    std::vector<std::uint64_t>& bits = contents[where];
    for (const auto number : numbers) bits.push_back(std::bit_cast<std::uint64_t>(number));
  };
  for (const runlog::MetricSet& set : log.sets()) {
    add(set.name, log.steps(set.name));
    add(set.name + ".wall_time", log.column(set.name, "wall_time"));
    for (const runlog::MetricColumn& column : set.columns)
      add(set.name + " " + column.name + " " + column.unit, log.column(set.name, column.name));
  }
  for (const runlog::SeriesInfo& series : log.series()) {
    add(series.path + "_step", log.snapshot_steps(series.path));
    contents[series.path];
    for (std::int64_t i = 0; i < series.snapshots; ++i) {
      add(series.path, log.snapshot(series.path, i));
      if (!series.histogram) continue;
      const auto [lower, upper] = log.limits(series.path, i);
      add(series.path + "_limits", std::vector{lower, upper});
    }
  }
  return contents;
}

bool is_beginning_of(const LogContents& some, const LogContents& all) {
  return std::all_of(some.begin(), some.end(), [&](const auto& entry) {
    const auto whole = all.find(entry.first);
    return whole != all.end() && entry.second.size() <= whole->second.size() &&
           std::equal(entry.second.begin(), entry.second.end(), whole->second.begin());
  });
}

}  // namespace descent
