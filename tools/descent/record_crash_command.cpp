#include <memory>

#include "command.hpp"
#include "crash_report.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string run, reason;
  std::int64_t step = 0, seconds = 0;
};

int record(const Arguments& crash) {
  runlog::EventLog(crash.run).write({static_cast<double>(crash.seconds), crash.step, "crash", crash.reason});
  // One that was done before it crashed, as its plugins were destroyed, has its results.
  const auto before = runlog::read_status(crash.run);
  if (before && before->status == runlog::RunStatus::running)
    runlog::write_status(crash.run, {runlog::RunStatus::failed, crash.step, crash.reason, {crash.reason}});
  return exit_done;
}

}  // namespace

void add_record_crash(CommandLine& program) {
  auto crash = std::make_shared<Arguments>();
  Command command = program.hidden_command("record-crash", "Write the crash of a run into its files");
  command.argument("RUN", crash->run, "its directory");
  command.argument("STEP", crash->step, "the step that was played");
  command.argument("SECONDS", crash->seconds, "since it began or went on");
  command.argument("REASON", crash->reason, "what is known of it");
  command.action([crash] { return record(*crash); });
}

}  // namespace descent::program
