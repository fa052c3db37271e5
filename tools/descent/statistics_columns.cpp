#include "statistics_columns.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace descent::program {
namespace {

using For = DataTable::For;

Value count_or_nothing(std::size_t count) {
  return count == 0 ? Value() : Value::of(static_cast<std::int64_t>(count));
}

Value integers(const std::vector<std::int64_t>& numbers) {
  Value list = Value::list();
  for (const std::int64_t number : numbers) list.items().push_back(Value::of(number));
  return list;
}

}  // namespace

void StatisticsColumns::declare(DataTable& table) const {
  const std::vector<DataTable::Column> columns = {
      {"mean", "", true, For::programs},
      {"standard_deviation", "", true, For::programs},
      {"mean_text", fmt::format("mean {} std", plus_minus), true, For::people},
      {"median", "", true, For::programs},
      {"lower_quartile", "", true, For::programs},
      {"upper_quartile", "", true, For::programs},
      {"median_text", "median [quartiles]", true, For::people},
      {"minimum", "", true, For::programs},
      {"maximum", "", true, For::programs},
      {"n", "", true},
      {"seeds", "", false, For::programs},
      {"seed_ranges", "seeds", false, For::people},
      {"runs", "", true, For::programs},
      {"diverged", "", true, For::programs},
      {"failed", "", true, For::programs},
      {"unfinished", "", true, For::programs},
      {"not_finite", "", true, For::programs},
      {"older_builds", "", true, For::programs},
      {"diverged_some", "diverged", true, For::people},
      {"failed_some", "failed", true, For::people},
      {"unfinished_some", "unfinished", true, For::people},
      {"not_finite_some", not_finite, true, For::people},
      {"older_builds_some", "older builds", true, For::people}};
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
}

void StatisticsColumns::add(std::vector<Value>& row, const CountedRuns& counted) const {
  const analysis::Statistics& statistics = counted.statistics;
  const auto number = [&](double value) { return statistics.count > 0 ? Value::of(value) : Value(); };
  const auto count = [](std::size_t value) { return Value::of(static_cast<std::int64_t>(value)); };
  const std::vector<Value> cells = {
      number(statistics.mean),
      statistics.standard_deviation ? Value::of(*statistics.standard_deviation) : Value(),
      Value::of(mean_text(statistics, plus_minus)),
      number(statistics.median),
      number(statistics.lower_quartile),
      number(statistics.upper_quartile),
      Value::of(median_text(statistics)),
      number(statistics.minimum),
      number(statistics.maximum),
      count(statistics.count),
      integers(counted.seeds),
      Value::of(ranges_text(counted.seeds)),
      count(counted.runs),
      count(counted.diverged),
      count(counted.failed),
      count(counted.unfinished),
      count(counted.not_finite),
      count(counted.older_builds),
      count_or_nothing(counted.diverged),
      count_or_nothing(counted.failed),
      count_or_nothing(counted.unfinished),
      count_or_nothing(counted.not_finite),
      count_or_nothing(counted.older_builds)};
  row.insert(row.end(), cells.begin(), cells.end());
}

std::string plus_minus_of(Format format) {
  return format != Format::text || terminal_of(stdout).unicode ? "±" : "+-";
}

std::string mean_text(const analysis::Statistics& statistics, const std::string& plus_minus) {
  if (statistics.count == 0) return "";
  const std::string mean = fmt::format("{:.5g}", statistics.mean);
  if (!statistics.standard_deviation) return mean;
  return fmt::format("{} {} {:.2g}", mean, plus_minus, *statistics.standard_deviation);
}

std::string median_text(const analysis::Statistics& statistics) {
  if (statistics.count == 0) return "";
  const std::string median = fmt::format("{:.5g}", statistics.median);
  if (statistics.count == 1) return median;
  return fmt::format("{} [{:.4g}, {:.4g}]", median, statistics.lower_quartile, statistics.upper_quartile);
}

std::string ranges_text(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[i]);
    if (end > i) text += fmt::format("-{}", numbers[end]);
    i = end + 1;
  }
  return text;
}

std::string short_path(const std::string& path, const std::vector<std::string>& all) {
  for (std::size_t dot = path.rfind('.');; dot = dot == 0 ? std::string::npos : path.rfind('.', dot - 1)) {
    if (dot == std::string::npos) return path;
    const std::string end = path.substr(dot);
    const auto same = std::count_if(all.begin(), all.end(), [&](const std::string& other) {
      return other.ends_with(end) || "." + other == end;
    });
    if (same == 1) return end.substr(1);
  }
}

std::string counted_text(std::size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace descent::program
