#include "descent/train/checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace descent {

namespace fs = std::filesystem;

using RowCounts = decltype(RunRecord::row_counts);

static RowCounts row_counts_of(const std::vector<LogLength>& lengths) {
  RowCounts counts;
  for (const LogLength& length : lengths) counts.emplace_back(length.path, length.rows);
  return counts;
}

std::string checkpoint_name(std::int64_t step) {
  return fmt::format("step_{:08}.h5", step);
}

Checkpoints::Checkpoints(const fs::path& run, Training& training, Recorder& recorder, RunRecord& record)
    : folder_(run / "checkpoints"), training_(training), recorder_(recorder), record_(record) {}

void Checkpoints::take_over(const fs::path& from, RunRecord record, const std::vector<LogLength>& kept) {
  const bool is_final = from == folder_ / "final.h5";
  const auto rows = std::exchange(record.row_counts, row_counts_of(kept));
  if (!is_final && rows == record.row_counts) return;
  save_state(training_, record, folder_ / checkpoint_name(training_.step()), recorder_.statistics().state());
  if (is_final) fs::remove(from);
}

void Checkpoints::open() {
  fs::create_directories(folder_);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".part")) fs::remove(entry.path());
    if (name.starts_with("step_") && name.ends_with(".h5")) steps_.push_back(name);
  }
  std::sort(steps_.begin(), steps_.end());
}

void Checkpoints::save_step() {
  const std::string name = checkpoint_name(training_.step());
  save(name);
  // What lies behind this step, or was of it and could not be gone on from, will be written again.
  std::erase_if(steps_, [&](const std::string& other) { return other >= name; });
  steps_.push_back(name);
  keep_newest();
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
  recorder_.log().synchronise();
  record_.total_steps = training_.total_steps();
  record_.row_counts = row_counts_of(recorder_.log().lengths());
  save_state(training_, record_, folder_ / name, recorder_.statistics().state());
}

}  // namespace descent
