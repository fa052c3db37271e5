#include <fmt/core.h>

#include <memory>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/sweep/collect.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

int collect(const std::filesystem::path& directory) {
  const sweep::CollectReport report = sweep::collect_sweep(sweep::sweep_at(directory));
  print("{}: {}, {} linked\n", report.file.string(), counted(static_cast<std::int64_t>(report.runs), "run"),
        counted(static_cast<std::int64_t>(report.logs), "log"));
  for (const std::string& problem : report.diagnostics) print(stderr, "damaged: {}\n", problem);
  return report.diagnostics.empty() ? exit_done : exit_failed;
}

}  // namespace

void add_collect(CommandLine& program) {
  auto directory = std::make_shared<std::filesystem::path>();
  Command command =
      program.command("collect", "Write the results of a sweep into one HDF5 file, with links to the logs");
  command.argument("DIR", *directory, "the directory of a sweep");
  command.footer(
      R"(Writes DIR/sweep.h5: a row for each run in columns of equal length under /table (identity, folder, log, seed, every option that
the axes set, status, step, the last and the best value of each metric and the step of the best, seconds of training, wall
time, peak memory, reason), and a link to each log under /runs. What a run does not have is NaN or an empty text. It may be
made at any time, while the sweep is going on too, and replaces the one before as a whole. Links are relative: the folder
may be moved.

In Python:
  import h5py, pandas
  with h5py.File("runs/sweep/sweep.h5") as file:
      table = pandas.DataFrame({name: column.asstr()[:] if column.dtype.kind in "SO" else column[:]
                                for name, column in file["table"].items()})
      log = file["runs"][table["folder"][0]]      # that run's log.h5

Links lead to logs that are closed; 'descent status' says which runs are going on.

Examples:
  descent collect runs/gan_ring_optimizers
  h5dump -d /table/status runs/gan_ring_optimizers/sweep.h5)");
  command.action([directory] { return collect(*directory); });
}

}  // namespace descent::program
