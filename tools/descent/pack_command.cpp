#include <fmt/core.h>

#include <memory>
#include <optional>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "output.hpp"
#include "run_argument.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string run;
  std::string output;
  bool in_place = false;
  Format format = Format::text;
};

std::string size_text(std::uintmax_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 10'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

int pack(const Arguments& arguments) {
  const fs::path directory = run_directory_at(arguments.run), log = directory / runlog::files::log;
  fs::path packed = arguments.output.empty() ? directory / "log.packed.h5" : fs::path(arguments.output);
  std::optional<runlog::RunDirectoryLock> lock;
  if (arguments.in_place) {
    if (!arguments.output.empty())
      throw Error("--in-place replaces the run's own log; leave out --output, or --in-place");
    packed = log;
    if (fs::exists(log)) lock.emplace(directory);
  } else {
    if (runlog::is_held(directory))
      throw Error(fmt::format("the run '{}' is being written; only a finished log can be packed",
                              directory.string()));
    sweep::require_replaceable(packed);
  }
  const runlog::PackedSize size = runlog::pack_log(log, packed);
  if (arguments.format != Format::text) {
    DataTable table;
    table.columns = {{"run"}, {"file"}, {"bytes_before"}, {"bytes_after"}};
    const auto bytes = [](std::uintmax_t count) { return Value::of(static_cast<std::int64_t>(count)); };
    table.add(
        {Value::of(directory.string()), Value::of(packed.string()), bytes(size.before), bytes(size.after)});
    print(table, arguments.format);
    return exit_done;
  }
  print("{}: {}, {:.0f} % of the {} before; every value is the same\n", packed.string(),
        size_text(size.after), 100.0 * static_cast<double>(size.after) / static_cast<double>(size.before),
        size_text(size.before));
  return exit_done;
}

}  // namespace

void add_pack(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("pack", "Compress the log of a finished run");
  add_run_directory(command, arguments->run);
  command.option("-o,--output FILE", arguments->output,
                 "the file to write; log.packed.h5 beside the log if left out");
  command.flag("--in-place", arguments->in_place, "replace the log by the packed one");
  add_format(command, arguments->format);
  command.footer(
      R"(The packed log is compared with the original, value by value, before it gets its name. h5py, descent_log.py, descent export
and descent verify read it wherever it lies; for every other command it must be a run's log.h5: --in-place. A log that is
damaged, or that a process has, is refused.

Examples:
  descent pack runs/gan_ring/seed=1
  descent pack runs/gan_ring/seed=1 --in-place
  descent pack runs/gan_ring/seed=1 -o archive/gan_ring_1.h5)");
  command.action([arguments] { return pack(*arguments); });
}

}  // namespace descent::program
