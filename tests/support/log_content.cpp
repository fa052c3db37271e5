#include "support/log_content.hpp"

#include <cstring>

#include "descent/runlog/log_reader.hpp"

namespace descent::testing {

LogContent content_of(const std::filesystem::path& log_file) {
  const runlog::LogReader log(log_file);
  LogContent content;
  for (const auto& set : log.sets()) {
    const auto steps = log.steps(set.name);
    content[set.name + " steps"].assign(steps.begin(), steps.end());
    for (const auto& column : set.columns)
      content[set.name + " " + column.name] = log.column(set.name, column.name);
  }
  for (const auto& series : log.series()) {
    const auto steps = log.snapshot_steps(series.path);
    content[series.path + " steps"].assign(steps.begin(), steps.end());
    for (std::int64_t i = 0; i < series.snapshots; ++i) {
      content[series.path + " " + std::to_string(i)] = log.snapshot(series.path, i);
      if (!series.histogram) continue;
      const auto [low, high] = log.limits(series.path, i);
      content[series.path + " limits " + std::to_string(i)] = {low, high};
    }
  }
  return content;
}

std::string first_difference(const LogContent& a, const LogContent& b) {
  const auto same = [](const std::vector<double>& x, const std::vector<double>& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
  };
  for (const auto& [name, numbers] : a) {
    const auto found = b.find(name);
    if (found == b.end() || !same(numbers, found->second)) return name;
  }
  for (const auto& [name, numbers] : b)
    if (a.find(name) == a.end()) return name;
  return "";
}

}  // namespace descent::testing
