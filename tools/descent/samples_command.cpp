#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/frozen_experiment.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "output.hpp"
#include "sample_picture.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location, output;
  std::optional<std::int64_t> step;
  std::string field;
  FigureOptions look;
  Format format = Format::text;
};

// The samples of the field that --field names, or else the first ones that have a picture, or else the first.
runlog::SeriesInfo samples_in(const runlog::LogReader& log, const fs::path& run, const std::string& field) {
  std::vector<runlog::SeriesInfo> found;
  std::vector<std::string> names;
  for (const runlog::SeriesInfo& series : log.series()) {
    if (!series.path.starts_with("samples/")) continue;
    found.push_back(series);
    names.push_back(fs::path(series.path).filename().string());
    if (names.back() == field) return series;
  }
  if (found.empty())
    throw Error(
        fmt::format("the log of '{0}' has no samples; a generative model's are logged where the experiment "
                    "says 'log: {{samples: "
                    "{{every: 1000}}}}', and 'descent generate {0} -o samples.png' makes new ones",
                    run.string()));
  if (!field.empty())
    throw Error(fmt::format("the log of '{}' has no samples of '{}'{}", run.string(), field,
                            suggestion(field, names)));
  for (const runlog::SeriesInfo& series : found)
    if (has_picture({{}, series.shape.row(), series.image, 0, 0})) return series;
  return found.front();
}

// The snapshot of that step, or the last one.
std::int64_t snapshot_of(const std::vector<std::int64_t>& steps, std::optional<std::int64_t> step,
                         const fs::path& run) {
  if (steps.empty())
    throw Error(
        fmt::format("'{}' has logged no samples so far; the first ones are still to come, or the run "
                    "ended before",
                    run.string()));
  if (!step) return static_cast<std::int64_t>(steps.size()) - 1;
  const auto found = std::find(steps.begin(), steps.end(), *step);
  if (found != steps.end()) return found - steps.begin();
  const auto distance = [&](std::int64_t one) { return std::abs(one - *step); };
  const auto near = std::min_element(steps.begin(), steps.end(), [&](std::int64_t left, std::int64_t right) {
    return distance(left) < distance(right);
  });
  throw Error(fmt::format("there are no samples of step {}; the nearest are of step {} ({} from {} to {})",
                          *step, *near, steps.size(), steps.front(), steps.back()));
}

int draw_samples(const Arguments& arguments) {
  const fs::path run = analysis::run_at(arguments.location);
  const runlog::LogReader log = run::log_of_run(run);
  const runlog::SeriesInfo series = samples_in(log, run, arguments.field);
  const std::vector<std::int64_t> steps = log.snapshot_steps(series.path);
  const std::int64_t index = snapshot_of(steps, arguments.step, run);
  log.require_whole(series.path);
  Samples samples{log.snapshot(series.path, index), series.shape.row(), series.image, series.minimum,
                  series.maximum};
  const std::int64_t step = steps[static_cast<std::size_t>(index)];
  const std::string field = fs::path(series.path).filename().string();
  const std::string name = analysis::ExperimentReader().read(run).text("name");
  write_picture(samples, field, fmt::format("{}, step {}", name, step), arguments.look, arguments.output);
  if (arguments.format == Format::text) {
    print("{}: {} of '{}', step {}\n", arguments.output.string(), series.shape[0], field, step);
    return exit_done;
  }
  DataTable table;
  table.columns = {{"run"}, {"file"}, {"field"}, {"samples"}, {"step"}};
  table.add({Value::of(run.string()), Value::of(arguments.output.string()), Value::of(field),
             Value::of(series.shape[0]), Value::of(step)});
  print(table, arguments.format);
  return exit_done;
}

}  // namespace

void add_samples(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("samples", "Draw the samples that a run logged");
  command.argument("RUN", arguments->location, "the run's directory");
  command.option("-o,--output FILE", arguments->output, "the picture: .png, .svg or .pdf",
                 {.required = true});
  command.option("--step N", arguments->step, "those of step N (default: the last)");
  command.option("--field NAME", arguments->field,
                 "the field, where the model makes several (default: the first that has a picture)");
  add_figure_options(command, arguments->look, false);
  add_format(command, arguments->format);
  command.footer(
      R"(A run logs samples, on the same latent points each time, where its experiment says so:

  log: {samples: {every: 1000, count: 64}}

Images become a grid, points of the plane a scatter plot. A live run shows what it has logged so far. A PNG of images is
their own pixels and nothing else, unless a title, a size or the like is asked for; gnuplot draws all other pictures.

Examples:
  descent samples runs/vae_glyphs/seed=1 -o digits.png
  descent samples runs/gan_ring/seed=1 --step 2000 -o ring.svg
  descent samples runs/vae_glyphs/seed=1 --title 'after 20 epochs' --size 6x6cm -o digits.pdf)");
  command.action([arguments] { return draw_samples(*arguments); });
}

}  // namespace descent::program
