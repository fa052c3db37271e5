#include "play.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "command.hpp"
#include "crash_report.hpp"
#include "data_table.hpp"
#include "descent/base/process.hpp"
#include "descent/base/text.hpp"
#include "heap_counter.hpp"
#include "output.hpp"
#include "progress_display.hpp"
#include "stop_signal.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

// `quiet`: what was found during training has not been shown.
void print_result(const run::RunResult& result, bool quiet) {
  const Terminal terminal = terminal_of(stdout);
  const std::string word = text(result.status);
  const std::string status =
      result.status == runlog::RunStatus::done ? terminal.green(word) : terminal.red(word);
  print("status     {}{}\n", result.already_done ? "already " : "", status);
  if (!result.reason.empty()) print("reason     {}\n", result.reason);
  if (result.status == runlog::RunStatus::diverged) print("advice     {}\n", run::advice_on_divergence());
  print("directory  {}\n", result.directory.string());
  print("steps      {}{}\n", result.step,
        result.seconds > 0 ? fmt::format(" in {}", duration_text(result.seconds)) : "");
  if (quiet)
    for (const std::string& diagnosis : result.diagnoses) print("diagnosis  {}\n", terminal.bold(diagnosis));
  for (const std::string& note : result.notes) print("note       {}\n", note);
  if (result.findings.empty()) return;
  Table table{{"metric", "measure", "value", "unit"}, {}, {2}, "", {}};
  for (const run::Finding& finding : result.findings)
    table.rows.push_back({finding.metric, finding.measure, cell_text(Value::of(finding.value)),
                          finding.unit == "1" ? "" : finding.unit});
  print("\n");
  print(terminal, table);
  std::vector<std::string> notes;
  for (const run::Finding& finding : result.findings)
    if (!finding.note.empty() && std::count(notes.begin(), notes.end(), finding.note) == 0)
      notes.push_back(finding.note);
  for (const std::string& note : notes) print("{}\n", note);
}

/// What the run's plugins leave behind comes to this process, and ends with the run.
struct Orphans {
  Orphans() { adopt_orphans(); }
  ~Orphans() { end_orphans(); }
};

int exit_code(const run::RunResult& result, int signal) {
  switch (result.status) {
    case runlog::RunStatus::done:
      return exit_done;
    case runlog::RunStatus::stopped:
      if (result.paused) return exit_done;
      return signal == 0 ? exit_failed : exit_signal + signal;
    default:
      return exit_failed;
  }
}

}  // namespace

int play(bool quiet, const std::vector<std::string>& command_line,
         const std::function<run::RunResult(run::RunOptions&)>& train) {
  only_messages_on_output();
  StopSignal signals;
  RunAtStake at_stake;
  const Orphans orphans;
  const Terminal errors = terminal_of(stderr);
  ProgressDisplay display(errors);
  run::RunOptions options;
  options.arguments = command_line;
  options.stop = &signals.asked();
  options.out_of_memory = &memory_has_run_out();
  options.checkpoint = &signals.checkpoint_asked();
  options.at_step = &at_stake.step();
  options.begins = [&](const std::filesystem::path& directory) { at_stake.begin(directory); };
  if (!quiet) {
    options.progress = [&](const run::Progress& progress) { display.show(progress); };
    options.say = [&](const std::string& line) { display.say(line); };
  }
  run::RunResult result;
  try {
    result = train(options);
  } catch (...) {
    display.finish();  // so that the error stands on a line of its own
    throw;
  }
  display.finish();
  print_result(result, quiet);
  // A sweep, which takes the reason from status.yaml, then finds it here.
  if (!result.recorded) print(stderr, "error: {}\n", result.reason);
  return exit_code(result, signals.signal());
}

}  // namespace descent::program
