#include "analysis/example_runs.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "descent/runlog/status_file.hpp"
#include "support/experiment_text.hpp"
#include "support/files.hpp"

namespace descent::testing {

namespace fs = std::filesystem;

fs::path run_in(const fs::path& root, const std::string& yaml, const std::vector<std::string>& overrides) {
  run::RunOptions options;
  options.root = root;
  return run::run_experiment(experiment_of(yaml, overrides), test_registry(), options).directory;
}

void look_at_live_run(const fs::path& root, const std::string& yaml,
                      const std::function<void(const fs::path&)>& look) {
  const experiment::Experiment experiment = experiment_of(yaml);
  run::RunOptions options;
  options.root = root;
  bool looked = false;
  // A measurement is told of while the run holds its directory and its log is open.
  options.say = [&](const std::string&) {
    if (!looked) look(run::run_directory(experiment, root));
    looked = true;
  };
  run::run_experiment(experiment, test_registry(), options);
  if (!looked) throw std::logic_error("the run said nothing while it was going on");
}

fs::path killed_copy(const fs::path& run, const fs::path& copy) {
  fs::create_directories(copy.parent_path());
  fs::copy(run, copy, fs::copy_options::recursive);
  runlog::write_status(copy, {runlog::RunStatus::running});
  return copy;
}

void damage_number(const fs::path& log, double value) {
  std::string bytes = content(log), number(sizeof value, '\0');
  std::memcpy(number.data(), &value, sizeof value);
  const std::size_t at = bytes.find(number);
  if (at == std::string::npos) throw std::out_of_range("the log holds no such number");
  bytes[at + 3] = static_cast<char>(bytes[at + 3] ^ 1);
  std::ofstream(log, std::ios::binary) << bytes;
}

std::string everything_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    files.push_back(entry.path().string() + ":" + (entry.is_regular_file() ? content(entry.path()) : ""));
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) all += file + "\n";
  return all;
}

}  // namespace descent::testing
