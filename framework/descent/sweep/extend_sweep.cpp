#include "descent/sweep/extend_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/checksum_line.hpp"
#include "descent/base/text.hpp"
#include "descent/config/required.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/provenance.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/axis_tree.hpp"
#include "descent/sweep/freeze_run.hpp"
#include "descent/sweep/scheduler.hpp"
#include "descent/sweep/stale.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;
using runlog::RunStatus;

namespace {

void require_extensible(const FrozenSweep& sweep) {
  if (sweep.spec.method == SweepSpec::Method::halving)
    throw Error(fmt::format(
        "the rungs of the method halving follow from 'trainer.steps', so that '{}' cannot get more; "
        "descent resume {}/RUN trainer.steps=N goes on with one of its runs",
        sweep.directory.string(), sweep.directory.string()));
  if (is_search(sweep.spec.method))
    throw Error(
        fmt::format("the settings of '{}' were proposed by what runs of this length have found, so that they "
                    "cannot get more steps; "
                    "descent resume {}/RUN trainer.steps=N goes on with one of its runs, and a greater "
                    "sweep.runs with the search",
                    sweep.directory.string(), sweep.directory.string()));
  for (const AxisAt& at : all_axes(sweep.spec))
    if (at.axis->path == "trainer.steps" || at.axis->path == "trainer")
      throw Error(fmt::format(
          "the axis '{}' of '{}' says how many steps its runs have; change it in the sweep's file",
          at.axis->path, sweep.directory.string()));
}

/// The experiments of the runs with more steps, checked.
class Extension {
 public:
  Extension(const FrozenSweep& sweep, std::string assignment, Registry& registry)
      : sweep_(sweep), assignment_(std::move(assignment)), registry_(registry) {}

  void check() {
    for (std::size_t run = 0; run < sweep_.runs.size(); ++run) {
      const fs::path directory = sweep_.directory_of(run);
      if (runlog::is_held(directory))
        throw Error(
            fmt::format("the run {} is played by another process; end that first", directory.string()));
      const std::string text = experiment::to_yaml(
          experiment::load_experiment(directory / runlog::files::experiment, registry_, {{assignment_}})
              .resolved);
      const experiment::RunIdentity then =
                                        experiment::identity_of(runlog::read_resolved_experiment(directory)),
                                    now = experiment::identity_of(text);
      if (!(then == now) && !then.is_beginning_of(now))
        throw Error(
            fmt::format("the runs of '{}' have {} steps already; {} would not be more, in the same unit",
                        sweep_.directory.string(), analysis::option_text(then.steps), assignment_));
      require_same_build(directory);
      texts_.push_back(text);
    }
  }

  ExtendReport write() {
    ExtendReport report;
    for (std::size_t run = 0; run < sweep_.runs.size(); ++run)
      extend(sweep_.directory_of(run), texts_[run], report);
    return report;
  }

 private:
  // Each run would be refused by itself, and be failed then.
  void require_same_build(const fs::path& run) {
    if (!fs::exists(run / runlog::files::log)) return;
    const std::vector<std::string> changed = plugins_.changed_since(run);
    if (!changed.empty())
      throw Error(fmt::format("the run {} was made with another {}; build that again, or make the sweep anew",
                              run.string(), join(changed)));
    run::check_same_machine(runlog::LogReader(run / runlog::files::log).attributes(),
                            run::machine_provenance());
  }

  // The status first: a run that waits to go on, and has no more steps to play, is done again.
  static void extend(const fs::path& run, const std::string& text, ExtendReport& report) {
    RunProgress progress = progress_of(run);
    const bool is_longer = runlog::read_resolved_experiment(run) != text;
    switch (progress.state.status) {
      case RunStatus::pending:
        ++report.begins;
        break;
      case RunStatus::diverged:
      case RunStatus::failed:
      case RunStatus::timeout:
        ++report.went_wrong;
        break;
      default:
        ++report.goes_on;
        if (progress.state.status != RunStatus::done || !is_longer) break;
        progress.state.status = RunStatus::stopped;
        progress.state.reason = "it is to get more steps";
        runlog::write_status(run, progress.state);
    }
    if (is_longer) runlog::write_durably(run / runlog::files::experiment, with_checksum_line(text));
  }

  const FrozenSweep& sweep_;
  std::string assignment_;
  Registry& registry_;
  CurrentPlugins plugins_{registry_};
  std::vector<std::string> texts_;
};

Value read_frame(const fs::path& directory) {
  Diagnostics diagnostics;
  Value frame = experiment::read_yaml(directory / files::frame, diagnostics);
  diagnostics.throw_if_any();
  return frame;
}

}  // namespace

ExtendReport extend_sweep(const fs::path& directory, const std::string& assignment, Registry& registry) {
  const runlog::RunDirectoryLock lock = lock_sweep(directory);
  FrozenSweep sweep = read_sweep(directory);
  require_extensible(sweep);
  Extension extension(sweep, assignment, registry);
  extension.check();
  Value frame = read_frame(directory);
  Value& base = *frame.find("experiment");
  Diagnostics diagnostics;
  experiment::apply_override(base, assignment, diagnostics);
  diagnostics.throw_if_any();
  frame.set("base_hash", Value::of(base_hash_of(base)));
  frame.set("extended", Value::of(assignment));
  sweep.base_hash = frame.find("base_hash")->text();
  for (FrozenRun& run : sweep.runs) run.identity = run_identity(run.settings, run.seed, sweep.base_hash);
  mark_freezing(directory, fmt::format("descent resume {} {}", directory.string(), assignment));
  runlog::write_durably(directory / files::frame, with_checksum_line(experiment::to_yaml(frame)));
  write_list(directory, sweep.runs);
  const ExtendReport report = extension.write();
  end_freezing(directory);
  return report;
}

}  // namespace descent::sweep
