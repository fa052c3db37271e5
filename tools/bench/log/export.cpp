#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "../measured_training.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_writer.hpp"
#include "descent/runlog/status_file.hpp"
#include "measurement.hpp"

namespace descent::bench {

namespace fs = std::filesystem;

static void make_run(const fs::path& folder, std::int64_t points) {
  std::ofstream(folder / "experiment.yaml") << "name: bench\n";
  runlog::LogSchema schema;
  schema.run_id = "bench";
  schema.sets = {{"train", {{"objective", "", ""}}}};
  runlog::LogWriter log(folder, schema);
  const runlog::SetHandle set = log.set("train");
  for (std::int64_t row = 1; row <= points; ++row) {
    const double value = 1 / static_cast<double>(row);  // all digits, as training has them
    log.append(set, row, 1e-3 * static_cast<double>(row), {&value, 1});
  }
  log.finish(runlog::RunStatus::done);
  runlog::write_status(folder, {runlog::RunStatus::done, points});
}

std::vector<Measurement> measure_export() {
  const TemporaryFolder folder;
  make_run(folder.path(), 1'000'000);
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "descent";
  std::vector<Measurement> measured;
  for (const std::string format : {"csv", "json", "npz"}) {
    const std::string command =
        fmt::format("'{}' export '{}' --{} --metric train/objective -o '{}'", program.string(),
                    folder.path().string(), format, (folder.path() / ("out." + format)).string());
    std::vector<double> times;
    for (int i = 0; i < 5; ++i)
      times.push_back(seconds_of([&] {
        if (std::system(command.c_str()) != 0) throw RunError("failed: " + command);
      }));
    measured.push_back({"export of a million points as " + format, "", median(times), 1, "s"});
  }
  return measured;
}

}  // namespace descent::bench
