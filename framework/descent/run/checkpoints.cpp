#include "descent/run/checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

namespace fs = std::filesystem;

static constexpr const char* best_name = runlog::files::best;
static constexpr const char* best_before_name = runlog::files::best_before_the_end;

using RowCounts = decltype(RunRecord::row_counts);

static RowCounts row_counts_of(const std::vector<runlog::LogLength>& lengths) {
  RowCounts counts;
  for (const runlog::LogLength& length : lengths) counts.emplace_back(length.path, length.rows);
  return counts;
}

std::string checkpoint_name(std::int64_t step) {
  return fmt::format("step_{:08}.h5", step);
}

Checkpoints::Checkpoints(const fs::path& run, train::Training& training, Recorder& recorder,
                         RunRecord& record)
    : run_(run),
      folder_(run / runlog::files::checkpoints),
      training_(training),
      recorder_(recorder),
      record_(record) {}

void Checkpoints::take_over(const fs::path& from, RunRecord record,
                            const std::vector<runlog::LogLength>& kept) {
  const bool is_final = from == folder_ / runlog::files::final_state;
  const auto rows = std::exchange(record.row_counts, row_counts_of(kept));
  if (!is_final && rows == record.row_counts) return;
  save_state(training_, record, folder_ / checkpoint_name(training_.step()), recorder_.statistics().state());
}

// Nothing: there is none, or it is damaged. A disk that fails once is asked again, lest a best state be lost.
static std::optional<std::int64_t> step_of(const fs::path& checkpoint) {
  for (int tries = 2; tries > 0 && fs::exists(checkpoint); --tries) {
    try {
      return runlog::CheckpointReader(checkpoint).integers("step").at(0);
    } catch (const Error&) {
      continue;
    }
  }
  return std::nullopt;
}

void Checkpoints::drop_ending(bool longer) {
  fs::remove(folder_ / runlog::files::final_state);
  if (!longer) return;
  const fs::path best = folder_ / best_name, before = folder_ / best_before_name;
  const auto step = step_of(best);
  if (step == record_.best.best_step) return;
  if (fs::exists(before))
    fs::rename(before, best);
  else if (step)
    fs::remove(best);
}

void Checkpoints::save_best(bool of_the_end) {
  if (of_the_end && step_of(folder_ / best_name) == record_.best.best_step)
    fs::rename(folder_ / best_name, folder_ / best_before_name);
  save(best_name);
}

void Checkpoints::open() {
  fs::create_directories(folder_);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".part")) fs::remove(entry.path());
    // What lies behind will be written again.
    if (name.starts_with("step_") && name.ends_with(".h5") && name <= checkpoint_name(training_.step()))
      steps_.push_back(name);
  }
  std::sort(steps_.begin(), steps_.end());
  keep_newest();
}

void Checkpoints::save_step() {
  const std::string name = checkpoint_name(training_.step());
  save(name);
  // One of this step could not be gone on from.
  std::erase_if(steps_, [&](const std::string& other) { return other >= name; });
  steps_.push_back(name);
  keep_newest();
}

void Checkpoints::save_before_last_look() {
  before_last_look_ = checkpoint_name(training_.step());
  save(before_last_look_);
}

void Checkpoints::save_final() {
  save(runlog::files::final_state);
  if (before_last_look_.empty()) return;
  std::error_code ignored;  // gone on with, it gives the same end
  fs::remove(folder_ / before_last_look_, ignored);
  std::erase(steps_, std::exchange(before_last_look_, {}));
}

void Checkpoints::keep_newest() {
  const auto keep = static_cast<std::size_t>(training_.experiment().checkpoint.keep);
  while (steps_.size() > keep) {
    std::error_code ignored;  // a checkpoint too many loses nothing
    fs::remove(folder_ / steps_.front(), ignored);
    steps_.erase(steps_.begin());
  }
}

void Checkpoints::save(const std::string& name) {
  recorder_.log().synchronize();
  runlog::put_on_disk(run_);
  if (!std::exchange(run_has_name_, true)) runlog::put_name_on_disk(run_);
  record_.total_steps = training_.total_steps();
  record_.row_counts = row_counts_of(recorder_.log().lengths());
  save_state(training_, record_, folder_ / name, recorder_.statistics().state());
}

}  // namespace descent::run
