#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>

#include "descent/runlog/log_reader.hpp"
#include "run_contents.hpp"
#include "run_program.hpp"
#include "support/faults.hpp"

// One file call of a command fails, or the command is killed there: at every call in turn. The command then either says
// so, by its exit code and the name of the file, or its result is right nevertheless; what was whole before is still
// there; and the command given again, without a fault, ends with the bits of an undisturbed one.

using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// Something of every kind: terms, norms, samples, tensors, histograms, checkpoints, a best state, an early end.
const char* const tiny = R"(name: tiny
dataset: {plugin: glyphs, pixels: 8, examples: 24, test_examples: 8}
model: {plugin: vae, latent: 1, encoder: {layers: [tanh]}, decoder: {layers: [tanh]}}
loss: elbo
optimizer: {plugin: sgd, learning_rate: 1.0e-3}
trainer: {batch_size: 8, steps: 8, stop: {metric: objective/value, patience: 9}}
metrics: [{plugin: objective, every: 3}]
log:
  optimizer: {every: 4, measures: [gradient_norm]}
  samples: {every: 4, count: 2}
  tensors: [{values: "encoder.*.bias", every: 4}, {gradients: "decoder.*.bias", every: 4, histogram: true}]
checkpoint: {every: 3, best: objective/value}
)";
const char* const grid = R"(name: grid
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 6}
metrics: [{plugin: objective, every: 3}]
checkpoint: {every: 4}
sweep: {axes: {optimizer.learning_rate: {choice: [0.01, 0.02]}}, objective: objective/value}
)";
const char* const halving = R"(name: halving
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 4}
metrics: [{plugin: objective, every: 2}]
sweep:
  axes: {optimizer.learning_rate: {choice: [0.01, 0.02]}}
  method: halving
  runs: 2
  halving: {first_rung: 2, reduction: 2}
  objective: objective/value
)";
const std::string tiny_run = "runs/tiny/seed=1";

void require_done(const ScratchFolder& folder, const Words& words) {
  const Finished finished = descent_in(folder, words);
  INFO(finished.errors);
  REQUIRE(finished.exit_code == 0);
}

void write_experiments(const ScratchFolder& folder) {
  folder.write("tiny.yaml", tiny);
  folder.write("grid.yaml", grid);
  folder.write("halving.yaml", halving);
  fs::create_directory(folder.path / "runs");
}

void train_tiny(const ScratchFolder& folder) {
  require_done(folder, {"run", "tiny.yaml", "--quiet"});
}

struct Scenario {
  std::string name;
  std::function<void(const ScratchFolder&)> prepare;  ///< what is there before
  Words command;
  /// How the command is given again; nothing: as before.
  std::function<Words(const fs::path&)> again = nullptr;
  /// Files that are at any time as they were before, or as they are to become: paths below the folder.
  Words replaced = {};
  /// A file whose bytes are there at any time, under its name or a longer one.
  std::string kept = {};
  /// Whether the command given again ends as an undisturbed one; else all that it leaves is whole.
  bool ends_alike = true;
};

Words begun_again(const fs::path& folder) {
  if (fs::exists(folder / tiny_run / "experiment.yaml")) return {"resume", tiny_run, "--quiet"};
  return {"run", "tiny.yaml", "--quiet"};
}

const std::vector<Scenario>& scenarios() {
  static const auto no_runs = [](const ScratchFolder&) {};
  static const auto killed_run = [](const ScratchFolder& folder) {
    FaultInjector faults(folder.path / "runs");
    const Words run = {"run", "tiny.yaml", "--quiet"};
    REQUIRE(descent_in(folder, run, faults.environment({.action = "count"})).exit_code == 0);
    const Fault late = {.action = "kill", .at = static_cast<long>(faults.calls()) * 4 / 5};
    fs::remove_all(folder.path / tiny_run);
    REQUIRE(descent_in(folder, run, faults.environment(late)).exit_code == 128 + SIGKILL);
    REQUIRE(faults.checkpoints() > 1);
  };
  static const auto shorter_run = [](const ScratchFolder& folder) {
    std::string shorter = tiny;
    shorter.replace(shorter.find("steps: 8"), 8, "steps: 4");
    folder.write("tiny.yaml", shorter);
    train_tiny(folder);
  };
  static const auto swept = [](const ScratchFolder& folder) {
    require_done(folder, {"sweep", "grid.yaml", "-j", "1", "--retry", "failed"});
  };
  static const auto collected = [](const ScratchFolder& folder) {
    swept(folder);
    require_done(folder, {"collect", "runs/grid"});
  };
  static const auto damaged_log = [](const ScratchFolder& folder) {
    train_tiny(folder);
    const fs::path log = folder.path / tiny_run / "log.h5";
    const double last = descent::runlog::LogReader(log).column("train", "objective").back();
    flip(log, bytes_of(last));
  };
  static const auto trained_beside = [](const char* older) {
    return [older](const ScratchFolder& folder) {
      train_tiny(folder);
      folder.write(older, "an older file");
    };
  };
  static const std::vector<Scenario> all = {
      {"run", no_runs, {"run", "tiny.yaml", "--quiet"}, begun_again},
      {"resume", killed_run, {"resume", tiny_run, "--quiet"}},
      {"resume longer", shorter_run, {"resume", tiny_run, "--quiet", "trainer.steps=8"}},
      {"sweep", no_runs, {"sweep", "grid.yaml", "-j", "1", "--retry", "failed"}},
      // Who is promoted depends on who had ended by then.
      {"halving", no_runs, {"sweep", "halving.yaml", "-j", "1", "--retry", "failed"}, nullptr, {}, {}, false},
      {"collect", collected, {"collect", "runs/grid"}, nullptr, {"runs/grid/sweep.h5"}},
      {"pack", train_tiny, {"pack", tiny_run, "--in-place"}, nullptr, {tiny_run + "/log.h5"}},
      {"verify --repair", damaged_log, {"verify", "--repair", tiny_run}, nullptr, {}, tiny_run + "/log.h5"},
      {"generate h5", train_tiny, {"generate", tiny_run, "-o", "runs/out.h5"}, nullptr, {"runs/out.h5"}},
      {"generate npz",
       trained_beside("runs/out.npz"),
       {"generate", tiny_run, "-o", "runs/out.npz"},
       nullptr,
       {"runs/out.npz"}},
      {"generate png",
       trained_beside("runs/out.png"),
       {"generate", tiny_run, "-o", "runs/out.png"},
       nullptr,
       {"runs/out.png"}},
      {"export csv",
       trained_beside("runs/out.csv"),
       {"export", tiny_run, "--csv", "-o", "runs/out.csv"},
       nullptr,
       {"runs/out.csv"}},
      {"export npz",
       trained_beside("runs/out.npz"),
       {"export", tiny_run, "--npz", "--tensor", "*", "-o", "runs/out.npz"},
       nullptr,
       {"runs/out.npz"}},
      {"fit-sampler",
       train_tiny,
       {"fit-sampler", tiny_run, "--components", "2"},
       nullptr,
       {tiny_run + "/checkpoints/sampler.h5"}}};
  return all;
}

const std::vector<std::string> actions = {"eio",         "eio_forever", "enospc",   "enospc_forever",
                                          "sync_fails",  "short_write", "read_eio", "kill",
                                          "kill_at_page"};

/// A scenario's folder before the command, and what it says after an undisturbed one.
class Stage {
 public:
  explicit Stage(const Scenario& scenario) : scenario_(scenario) {
    write_experiments(before_);
    scenario.prepare(before_);
    const ScratchFolder undisturbed;
    copy_to(undisturbed);
    require_done(undisturbed, scenario.command);
    expected_ = contents_of(undisturbed.path / "runs");
    for (const std::string& file : scenario.replaced)
      if (fs::exists(before_.path / file)) old_[file] = contents_of_file(before_.path / file);
  }

  void copy_to(const ScratchFolder& folder) const {
    fs::copy(before_.path, folder.path, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  /// How many calls an action could meet.
  long calls(const std::string& action) const {
    const ScratchFolder folder;
    copy_to(folder);
    FaultInjector faults(folder.path / "runs");
    constexpr long never = 1'000'000'000;
    const Finished finished =
        descent_in(folder, scenario_.command, faults.environment({.action = action, .at = never}));
    INFO(finished.errors);
    REQUIRE(finished.exit_code == 0);
    return static_cast<long>(faults.calls());
  }

  /// What is wrong after a fault; empty: nothing.
  std::string judge(const Fault& fault) const {
    const ScratchFolder folder;
    copy_to(folder);
    FaultInjector faults(folder.path / "runs");
    const Finished finished = descent_in(folder, scenario_.command, faults.environment(fault));
    std::string wrong = judge(fault, folder.path, finished, faults);
    if (!wrong.empty())
      wrong += fmt::format("\n  {} number {}: {} of {}\n  exit code {}: {}", fault.action, fault.at,
                           faults.call(), faults.path(), finished.exit_code, finished.errors);
    return wrong;
  }

 private:
  std::string judge(const Fault& fault, const fs::path& folder, const Finished& finished,
                    const FaultInjector& faults) const {
    const bool kills = fault.action.starts_with("kill");
    if (finished.exit_code == 0)
      if (const std::string wrong = difference(folder); !wrong.empty()) return "SILENT: " + wrong;
    if (finished.exit_code > 2 && !(kills && finished.exit_code == 128 + SIGKILL)) return "it crashed";
    if (finished.exit_code != 0 && faults.injected() == 0) return "it failed without a fault";
    if (const std::string wrong = lost(fault.action, folder, finished, faults); !wrong.empty()) return wrong;
    if (!kills && finished.exit_code != 0 && !is_named(fault.action, faults.path(), folder, finished))
      return "the file is not named";
    if (finished.exit_code == 0) return "";
    const ScratchFolder elsewhere;
    const Words words = scenario_.again ? scenario_.again(folder) : scenario_.command;
    Words command = words;
    command.insert(command.begin(), descent_program());
    const Finished again = run_program(command, folder);
    if (again.exit_code != 0) return "again: " + again.errors + again.output;
    const std::string wrong = difference(folder, scenario_.ends_alike);
    return wrong.empty() ? "" : "again: " + wrong;
  }

  std::string difference(const fs::path& folder, bool alike = true) const {
    try {
      const Contents now = contents_of(folder / "runs");
      return alike ? first_difference(expected_, now) : "";
    } catch (const std::exception& damage) {
      return damage.what();
    }
  }

  // What must be there at any time.
  std::string lost(const std::string& action, const fs::path& folder, const Finished& finished,
                   const FaultInjector& faults) const {
    try {
      for (const std::string& file : scenario_.replaced) {
        const auto old = old_.find(file);
        if (!fs::exists(folder / file)) {
          if (old != old_.end()) return file + " is lost";
          continue;
        }
        const std::string now = contents_of_file(folder / file);
        const std::string relative = fs::relative(folder / file, folder / "runs").string();
        // What could not be read is said to be damaged, in the result too.
        const bool said = action == "read_eio" && finished.exit_code != 0;
        if (!said && now != expected_.at(relative) && (old == old_.end() || now != old->second))
          return file + " is spoilt";
      }
      if (!scenario_.kept.empty() && !is_kept(folder)) return scenario_.kept + " is lost";
      std::uint64_t whole = 0;
      for (const auto& entry : fs::recursive_directory_iterator(folder / "runs"))
        if (entry.path().parent_path().filename() == "checkpoints" && entry.path().extension() == ".h5") {
          static_cast<void>(contents_of_file(entry.path()));
          ++whole;
        }
      if (whole == 0 && faults.checkpoints() > 0) return "all checkpoints are lost";
      return "";
    } catch (const std::exception& damage) {
      return damage.what();
    }
  }

  bool is_kept(const fs::path& folder) const {
    const fs::path file = folder / scenario_.kept;
    for (const auto& entry : fs::directory_iterator(file.parent_path()))
      if (entry.path().string().starts_with(file.string()) &&
          content(entry.path()) == content(before_.path / scenario_.kept))
        return true;
    return false;
  }

  // The file itself; of what has no name that people know, its folder; any, where several fail.
  static bool is_named(const std::string& action, const fs::path& path, const fs::path& folder,
                       const Finished& finished) {
    std::string name = path.filename().string();
    if (name.ends_with(".part")) name.resize(name.size() - 5);
    const std::string said = finished.errors + finished.output;
    if (said.find(name) != std::string::npos) return true;
    if (action.ends_with("forever")) return said.find("runs/") != std::string::npos;
    return name.starts_with('.') &&
           said.find(fs::relative(path.parent_path(), folder).string()) != std::string::npos;
  }

  const Scenario& scenario_;
  ScratchFolder before_;
  Contents expected_, old_;
};

/// Some positions of `calls`, spread evenly; all of them where `most` is 0.
std::vector<long> positions(long calls, long most) {
  std::vector<long> result;
  const long count = most == 0 ? calls : std::min(calls, most);
  for (long i = 0; i < count; ++i)
    result.push_back(1 +
                     static_cast<long>(std::floor((static_cast<double>(i) + 0.5) *
                                                  static_cast<double>(calls) / static_cast<double>(count))));
  return result;
}

void inject(const Scenario& scenario, long most_of_each, const std::vector<std::string>& of = actions) {
  const Stage stage(scenario);
  for (const std::string& action : of) {
    const long calls = stage.calls(action);
    long wrong = 0, silent = 0;
    const std::vector<long> tried = positions(calls, most_of_each);
    for (const long at : tried) {
      const std::string judgment = stage.judge({.action = action, .at = at});
      CAPTURE(scenario.name, action, at, judgment);
      CHECK(judgment.empty());
      wrong += judgment.empty() ? 0 : 1;
      silent += judgment.starts_with("SILENT") ? 1 : 0;
    }
    fmt::print("{:16} {:15} {:5} calls, {:5} tried, {:5} wrong, {:5} of them silent\n", scenario.name, action,
               calls, tried.size(), wrong, silent);
    std::fflush(stdout);
  }
}

}  // namespace

TEST_CASE("a file call that fails is never passed over in silence, and loses nothing", "[program][faults]") {
  if (sanitized) return;
  for (const Scenario& scenario : scenarios()) DYNAMIC_SECTION(scenario.name) {
      inject(scenario, 2);
    }
}

TEST_CASE("no file call that fails is passed over in silence, and none loses anything", "[slow][faults]") {
  if (sanitized) return;
  for (const Scenario& scenario : scenarios()) DYNAMIC_SECTION(scenario.name) {
      inject(scenario, 0);
    }
}
