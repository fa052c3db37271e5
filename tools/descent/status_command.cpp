#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/plugin_builds.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/base/text.hpp"
#include "output.hpp"
#include "slurm_status.hpp"
#include "sweep_members.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

const std::string left = "no longer of its sweep";

struct Arguments {
  std::vector<fs::path> places;
  Format format = Format::text;
};

Value optional_number(const std::optional<double>& number) {
  return number ? Value::of(*number) : Value();
}

// For programs the whole path, for people what lies below the folder that was asked for.
std::string shown_name(const fs::path& run, const std::vector<fs::path>& places) {
  if (places.size() != 1 || run == places.front()) return run.string();
  return run.lexically_relative(places.front()).string();
}

Value texts(const std::vector<std::string>& all) {
  Value list = Value::list();
  for (const std::string& text : all) list.items().push_back(Value::of(text));
  return list;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// A run, and what is to be known of its results: whether an edit of its sweep has left it out, and older plugins.
struct ShownRun {
  analysis::RunSummary run;
  bool has_left = false;
  /// Plugins of which it used an older build.
  std::vector<std::string> older = {};
};

// For people.
std::string remark_on(const ShownRun& shown) {
  std::vector<std::string> remarks;
  if (shown.has_left) remarks.push_back(left);
  if (!shown.older.empty()) remarks.push_back("older build of " + join(shown.older));
  const std::string reason = first_line(shown.run.reason);
  if (!reason.empty()) remarks.push_back(reason);
  return join(remarks, ": ");
}

void add_row(DataTable& table, const ShownRun& shown, const std::string& name) {
  const analysis::RunSummary& run = shown.run;
  Value total, progress, percent;
  if (run.total_steps) {
    total = Value::of(*run.total_steps);
    const double share =
        *run.total_steps > 0 ? static_cast<double>(run.step) / static_cast<double>(*run.total_steps) : 1.0;
    progress = Value::of(share);
    // Not rounded up: 100% is all of it.
    percent = Value::of(fmt::format("{}%", static_cast<int>(100 * share)));
  }
  const std::string steps =
      run.total_steps ? fmt::format("{} / {}", run.step, *run.total_steps) : fmt::format("{}", run.step);
  table.add({Value::of(run.directory.string()), Value::of(name), Value::of(text(run.status)),
             Value::of(run.step), std::move(total), Value::of(steps), std::move(progress), std::move(percent),
             optional_number(run.seconds), Value::of(run.seconds ? rough_time(*run.seconds) : ""),
             Value::of(run.age), Value::of(rough_time(run.age) + " ago"), Value::of(run.reason),
             Value::of(remark_on(shown)), Value::of(shown.has_left), texts(shown.older)});
}

DataTable table_of(const std::vector<ShownRun>& runs, const std::vector<fs::path>& places) {
  using For = DataTable::For;
  DataTable table;
  table.columns = {{"run", "", false, For::programs},
                   {"name", "run", false, For::people},
                   {"status"},
                   {"step", "", true, For::programs},
                   {"total_steps", "", true, For::programs},
                   {"steps", "", true, For::people},
                   {"progress", "", true, For::programs},
                   {"percent", "", true, For::people},
                   {"seconds", "", true, For::programs},
                   {"time", "", true, For::people},
                   {"age_seconds", "", true, For::programs},
                   {"age", "last written", true, For::people},
                   {"reason", "", false, For::programs},
                   {"why", "reason", false, For::people},
                   {"left_sweep", "", false, For::programs},
                   {"older_plugins", "", false, For::programs}};
  for (const ShownRun& shown : runs) add_row(table, shown, shown_name(shown.run.directory, places));
  return table;
}

// `12 runs: 10 done, 1 running, 1 diverged`, the most frequent first.
std::string totals(const std::vector<ShownRun>& runs, bool of_left) {
  std::map<std::string, int> counts;
  std::size_t all = 0;
  for (const ShownRun& shown : runs)
    if (shown.has_left == of_left) {
      ++counts[text(shown.run.status)];
      ++all;
    }
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string line = fmt::format("{} {}run{}:", all, of_left ? "other " : "", all == 1 ? "" : "s");
  for (std::size_t i = 0; i < sorted.size(); ++i)
    line += fmt::format("{} {} {}", i == 0 ? "" : ",", sorted[i].second, sorted[i].first);
  return line;
}

void print_totals(const std::vector<ShownRun>& runs) {
  print("\n{}\n", totals(runs, false));
  if (std::any_of(runs.begin(), runs.end(), [](const ShownRun& shown) { return shown.has_left; }))
    print("{}, which no longer belong to their sweep\n", totals(runs, true));
}

int status(const Arguments& arguments) {
  analysis::ExperimentReader reader;
  std::vector<analysis::RunSummary> runs;
  for (const fs::path& run : analysis::find_runs(arguments.places))
    runs.push_back(analysis::summarize_run(run, reader));
  for (const std::string& problem : add_slurm_states(runs))
    print(stderr, "what Slurm does is not known: {}\n", problem);
  SweepMembers members;
  analysis::PluginBuilds builds;
  for (const analysis::RunSummary& run : runs)
    if (!run.plugins.empty()) builds.add(run.directory, run.plugins);
  const auto older = builds.older_runs();
  std::vector<ShownRun> shown;
  for (analysis::RunSummary& run : runs) {
    const bool has_left = members.left_sweep(run.directory).has_value();
    const auto found = older.find(run.directory);
    shown.push_back(
        {std::move(run), has_left, found == older.end() ? std::vector<std::string>() : found->second});
  }
  print(table_of(shown, arguments.places), arguments.format);
  if (arguments.format != Format::text) return exit_done;
  print_totals(shown);
  if (!older.empty()) print("{}\n", builds.sentence());
  return exit_done;
}

}  // namespace

void add_status(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  arguments->places = {"runs"};
  Command command = program.command("status", "Show how far the runs in a folder are");
  command.optional_argument("DIR", arguments->places, "folders of runs, or runs (default: runs)");
  add_format(command, arguments->format);
  command.footer(
      R"(Every run at and below DIR, however deep; those that --fresh moved aside (seed=1.old-1) are left out. Nothing
is changed: it may be asked at any time, of runs that are going on too.

  status        pending, running, done, stopped (by a signal), diverged, failed, timeout, skipped;
                killed: it says that it is running, but no process holds its directory;
                damaged: its files cannot be read, and the reason says why
  time          since its first step, as its log has it
  last written  how long ago anything of the run changed
  reason        of a sweep's runs on a cluster also what squeue says, and sacct where there is accounting: that they wait
                and why, or what ended them; that an edit of its sweep has left a run out, which is then counted by itself;
                and of which plugins it used an older build than the newest of these runs, or than is there now

Examples:
  descent status
  descent status runs/gan_ring
  watch -n 5 descent status runs/sweep
  descent status runs --json | jq -r '.[] | select(.status == "diverged") | .run')");
  command.action([arguments] { return status(*arguments); });
}

}  // namespace descent::program
