#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/run/verify_run.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/log_repair.hpp"
#include "descent/sweep/collect.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "output.hpp"
#include "run_argument.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string run;
  bool repair = false;
  Format format = Format::text;
};

// Beside a table for programs it is no part of the results.
void print_repair(const runlog::LogRepair& repair, std::FILE* stream) {
  print(stream, "log.h5 is made anew{}{}\n", repair.from_journal ? " from its journal" : "",
        repair.damaged_log.empty()
            ? ""
            : fmt::format("; the old one is kept as {}", repair.damaged_log.filename().string()));
  for (const runlog::SalvagedTable& table : repair.tables) {
    const std::string unit = table.row + (table.committed == 1 ? "" : "s");
    if (table.kept == table.committed)
      print(stream, "  {}: {} {}, all kept\n", table.path, table.committed, unit);
    else
      print(stream, "  {}: {} of {} {} kept, {} lost: {}\n", table.path, table.kept, table.committed, unit,
            table.committed - table.kept, table.reason);
  }
  for (const std::string& line : repair.lost) print(stream, "  {}\n", line);
  const bool whole =
      std::all_of(repair.tables.begin(), repair.tables.end(),
                  [](const runlog::SalvagedTable& table) { return table.kept == table.committed; });
  if (!whole || !repair.lost.empty())
    print(stream,
          "What is lost comes back by nothing but the run played anew: descent run EXPERIMENT --fresh\n");
}

void repair(const fs::path& directory, Format format) {
  const runlog::RunDirectoryLock lock(directory);
  // What another process has done since is not to be done again.
  if (!run::verify_run(directory, lock).log_needs_repair) return;
  try {
    print_repair(runlog::repair_log(directory), format == Format::text ? stdout : stderr);
  } catch (const Error& error) {
    throw RunError(fmt::format("log.h5 cannot be repaired, and is left as it is: {}", error.what()));
  }
}

void print_text(const run::RunVerdict& verdict, const fs::path& directory) {
  const Terminal terminal = terminal_of(stdout);
  for (const std::string& line : verdict.whole) print("{} {}\n", terminal.green("whole"), line);
  for (const std::string& line : verdict.damage) print("{} {}\n", terminal.red("damaged"), line);
  for (const std::string& line : verdict.in_use) print("{} {}\n", terminal.red("in use"), line);
  if (verdict.live) print("The run is going on; this is what it has written so far.\n");
  if (verdict.log_needs_repair && verdict.log_can_be_repaired)
    print("'descent verify --repair {}' makes a whole log of what is left of it.\n", directory.string());
}

// A row for each finding: `log.h5: 20 rows …` is of the file log.h5.
DataTable table_of(const run::RunVerdict& verdict, const fs::path& directory) {
  DataTable table;
  table.columns = {{"run"}, {"live"}, {"file"}, {"state"}, {"finding"}};
  const auto add = [&](const std::string& line, const char* state) {
    const std::size_t colon = std::min(line.find(": "), line.size());
    table.add({Value::of(directory.string()), Value::of(verdict.live), Value::of(line.substr(0, colon)),
               Value::of(state), Value::of(line.substr(std::min(colon + 2, line.size())))});
  };
  for (const std::string& line : verdict.whole) add(line, "whole");
  for (const std::string& line : verdict.damage) add(line, "damaged");
  for (const std::string& line : verdict.in_use) add(line, "in use");
  return table;
}

int tell(const run::RunVerdict& verdict, const fs::path& location, Format format) {
  if (format == Format::text)
    print_text(verdict, location);
  else
    program::print(table_of(verdict, location), format);
  return verdict.damage.empty() && verdict.in_use.empty() ? exit_done : exit_failed;
}

run::RunVerdict verify_collected(const fs::path& file) {
  const std::string name = file.filename().string();
  run::RunVerdict verdict;
  for (const std::string& line : sweep::verify_collected(file))
    verdict.damage.push_back(fmt::format("{}: {}", name, line));
  if (verdict.damage.empty()) verdict.whole.push_back(name);
  return verdict;
}

// What a sweep's runs were collected in, or a log that is no run's own, such as a packed one.
int verify_file(const Arguments& arguments) {
  if (arguments.repair) throw Error("--repair is for the log.h5 of a run");
  const fs::path file = arguments.run;
  const bool collected = file.filename() == sweep::files::results;
  return tell(collected ? verify_collected(file) : run::verify_log(file), file, arguments.format);
}

int verify(const Arguments& arguments) {
  if (analysis::is_other_file(arguments.run)) return verify_file(arguments);
  const fs::path directory = run_directory_at(arguments.run);
  run::RunVerdict verdict = run::verify_run(directory);
  if (arguments.repair && verdict.live)
    throw Error(fmt::format("the run '{}' is being written: only what no process has can be repaired",
                            directory.string()));
  if (arguments.repair && verdict.log_needs_repair) {
    repair(directory, arguments.format);
    verdict = run::verify_run(directory);
  }
  return tell(verdict, directory, arguments.format);
}

}  // namespace

void add_verify(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("verify", "Read all of a run with its checksums; repair its log");
  add_run_directory(command, arguments->run);
  command.flag("--repair", arguments->repair,
               "make a whole log.h5 of one that is damaged, cut short, or was left by a killed process");
  add_format(command, arguments->format);
  command.footer(
      R"(Reads experiment.yaml, status.yaml, every row and snapshot of log.h5 and every checkpoint, and says what is whole
and what is damaged. A run that is going on can be verified too, and so can the sweep.h5 that descent collect writes.

With --repair, log.h5 is made anew from what the old one declares and, of each metric set and series, all rows up to the
first damaged one. The old file is kept as log.h5.damaged-1. A log that was only left open by a killed process loses
nothing, and opens in any HDF5 program afterwards.

A log that another program has open for writing cannot be verified. ViTables opens files so, unless it is started as
'vitables -m r'; where such a program was killed, 'h5clear -s FILE' makes the file readable again.

Exit codes: 0 everything is whole, 1 something is damaged or cannot be read now, 2 there is no run, or it is in use.

Examples:
  descent verify runs/gan_ring/seed=1
  descent verify --repair runs/gan_ring/seed=1
  descent verify runs/gan_ring_optimizers/sweep.h5)");
  command.action([arguments] { return verify(*arguments); });
}

}  // namespace descent::program
