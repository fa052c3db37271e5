#include "plot_histograms.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "command.hpp"
#include "descent/analysis/frozen_experiment.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "histogram_figure.hpp"
#include "output.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view root = "tensors/", ending = "_histogram";

// `generator.0.weight/value`
std::string short_name(const std::string& path) {
  std::string name = path;
  if (name.starts_with(root)) name.erase(0, root.size());
  if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

// `value of generator.0.weight`
std::string words_for(const std::string& path) {
  const std::string name = short_name(path);
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return name;
  std::string what = name.substr(slash + 1);
  std::replace(what.begin(), what.end(), '_', ' ');
  return what + " of " + name.substr(0, slash);
}

bool is_meant(const std::string& path, const std::string& name) {
  const std::string shorter = short_name(path);
  return path == name || shorter == name || path.ends_with("/" + name) || shorter.ends_with("/" + name) ||
         shorter.substr(0, shorter.rfind('/')) == name;
}

std::string series_meant(const runlog::LogReader& log, const fs::path& run, const std::string& name) {
  std::vector<std::string> there, meant;
  for (const runlog::SeriesInfo& series : log.series()) {
    if (!series.histogram) continue;
    there.push_back(short_name(series.path));
    if (short_name(series.path) == name || series.path == name) return series.path;
    if (is_meant(series.path, name)) meant.push_back(series.path);
  }
  if (there.empty())
    throw Error(fmt::format(
        "the log of '{}' has no histograms; an experiment logs them with 'log: {{tensors: [{{values: "
        "\"*\", every: 100, histogram: true}}]}}'",
        run.string()));
  if (meant.empty())
    throw Error(
        fmt::format("the log of '{}' has no histogram '{}'{}", run.string(), name, suggestion(name, there)));
  if (meant.size() == 1) return meant.front();
  for (std::string& path : meant) path = short_name(path);
  throw Error(fmt::format("'{}' may be any of {}: say which", name, join(meant)));
}

HistogramSeries read(const runlog::LogReader& log, const std::string& path) {
  log.require_whole(path);
  HistogramSeries series{words_for(path), log.snapshot_steps(path), {}, {}};
  for (std::size_t i = 0; i < series.steps.size(); ++i) {
    series.counts.push_back(log.snapshot(path, static_cast<std::int64_t>(i)));
    series.limits.push_back(log.limits(path, static_cast<std::int64_t>(i)));
  }
  return series;
}

DataTable bins_of(const std::vector<HistogramSeries>& all) {
  DataTable table;
  table.columns = {
      {"histogram"}, {"step", "", true}, {"lower", "", true}, {"upper", "", true}, {"count", "", true}};
  for (const HistogramSeries& series : all)
    for (std::size_t i = 0; i < series.steps.size(); ++i) {
      const auto& [lower, upper] = series.limits[i];
      const double width = (upper - lower) / static_cast<double>(series.counts[i].size());
      for (std::size_t bin = 0; bin < series.counts[i].size(); ++bin) {
        const double begin = lower + width * static_cast<double>(bin);
        table.add({Value::of(series.name), Value::of(series.steps[i]), Value::of(begin),
                   Value::of(begin + width), Value::of(static_cast<std::int64_t>(series.counts[i][bin]))});
      }
    }
  return table;
}

}  // namespace

int plot_histograms(const HistogramPlot& plot) {
  if (plot.format == Format::text && plot.output.empty())
    throw Error(
        "a histogram over the steps is drawn in shades: -o FILE says where to; --csv prints the numbers");
  if (!plot.output.empty()) require_picture_format(plot.output);
  const fs::path run = analysis::run_at(plot.run);
  const runlog::LogReader log = run::log_of_run(run);
  std::vector<HistogramSeries> all;
  for (const std::string& name : plot.names) all.push_back(read(log, series_meant(log, run, name)));
  if (plot.format != Format::text) {
    print(bins_of(all), plot.format);
    return exit_done;
  }
  Figure figure =
      histogram_figure(all, limits_of(plot.look.x_limits, "--xlim"), limits_of(plot.look.y_limits, "--ylim"));
  figure.title = analysis::ExperimentReader().read(run).text("name");
  apply(plot.look, figure);
  draw(picture_of(figure, plot.look, plot.output));
  print("{}: {} of {}\n", plot.output.string(), counted_text(all.size(), "histogram"), run.string());
  return exit_done;
}

}  // namespace descent::program
