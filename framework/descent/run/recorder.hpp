#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/runlog/log_writer.hpp"
#include "descent/runlog/schema.hpp"
#include "descent/train/training.hpp"
#include "descent/train/update_statistics.hpp"

namespace descent::runlog {
class LogReader;
}

namespace descent::run {

/// Declares everything that a training will log, and copies it there step by step: which columns, series and
/// cadences follow from the experiment alone.
class DESCENT_API Recorder final : public train::StepObserver {
 public:
  /// Adds what the experiment wants logged and there is none of, such as patterns in `log.tensors` that match
  /// nothing. `also_measured`: the steps at which somebody else wants statistics().
  Recorder(train::Training& training, Diagnostics& diagnostics,
           const train::UpdateStatistics::AtStep& also_measured = nullptr);
  ~Recorder() override;

  /// What the log must declare. The caller adds provenance, experiment and plugins.
  const runlog::LogSchema& schema() const { return schema_; }
  /// Creates the log; rows can be written from now on.
  void open(const std::filesystem::path& directory, const runlog::LogSchema& schema,
            const runlog::LogOptions& options = {});
  /// Goes on with the log of a run that has come to the training's step, and had `kept` rows then.
  void reopen(const std::filesystem::path& directory, const runlog::LogSchema& schema,
              std::vector<runlog::LogLength> kept, const runlog::LogOptions& options = {});

  /// Whether this step writes a row of training terms.
  bool is_logged(std::int64_t step) const;
  /// Whether it writes one of this set, `train` or `loss.NAME`.
  bool is_row(std::string_view set, std::int64_t step) const;
  void gradients_ready(const train::GamePlayer& player, chain::Arena& arena,
                       std::span<const std::string> groups) override;
  bool wants_updates() const override;
  void updated(const train::GamePlayer& player, chain::Arena& arena,
               std::span<const std::string> groups) override;
  /// After a step: the training set's row, values and slots that are due.
  void step_played();
  void metric_measured(std::size_t metric, std::span<const double> values);
  void samples(const std::vector<Tensor>& samples);

  /// Norms of the updates, as far as they are logged or were asked for.
  const train::UpdateStatistics& statistics() const { return *statistics_; }
  double seconds() const;
  /// What statistics, and copies of tensors into the log, took so far: some of it within steps.
  double observing_seconds() const { return statistics_->seconds() + copying_seconds_; }
  runlog::LogWriter& log() { return *log_; }

 private:
  /// One set of training columns: those of every step, or of one loss item with a cadence of its own.
  /// An item is seldom evaluated at a step that is logged, so its set has a row of the first evaluation then
  /// or after.
  struct TrainColumns {
    std::size_t set;
    std::optional<std::size_t> item;  // nothing: all items that are evaluated at every step
  };
  /// One tensor that is copied into the log now and then.
  struct TensorTap {
    experiment::TensorLog::What what;
    experiment::Duration every;
    Tensor tensor;
    std::string group;
    experiment::TensorLog::As as;
    std::string path;
    std::int64_t recorded_step = 0;
    runlog::SeriesHandle series{0};
    std::size_t set = 0;  // of summaries
  };
  static constexpr std::int64_t histogram_bins = 64;
  using Clock = std::chrono::steady_clock;

  void prepare();
  void drop_ending(const runlog::LogReader& log, std::vector<runlog::LogLength>& kept) const;
  bool is_due_or_last(const experiment::Duration& every) const;
  bool is_row(const TrainColumns& columns, std::int64_t step) const;
  void declare_training_sets();
  void declare_optimizer(const train::UpdateStatistics::AtStep& also_measured);
  void declare_metrics(Diagnostics& diagnostics);
  void declare_tensors(const experiment::TensorLog& spec);
  void declare_slots(const experiment::TensorLog& spec, std::vector<std::string>& names);
  void declare_arenas(const experiment::TensorLog& spec, std::vector<std::string>& names);
  void declare_tap(const experiment::TensorLog& spec, const std::string& path, const Tensor& tensor,
                   const std::string& description, const std::string& group);
  void declare_samples(Diagnostics& diagnostics);
  void record(TensorTap& tap);
  void record_histogram(const TensorTap& tap);
  void record_summary(const TensorTap& tap);
  void record_optimizer();
  void record_arena(experiment::TensorLog::What what, std::span<const std::string> groups,
                    const train::GamePlayer& player);

  train::Training& training_;
  runlog::LogSchema schema_;
  std::vector<TrainColumns> train_sets_;
  std::vector<TensorTap> taps_;
  std::vector<std::pair<std::string, const Schedule*>> schedules_;
  std::unique_ptr<train::UpdateStatistics> statistics_;
  std::vector<std::size_t> players_;         // that have a turn; the others are never evaluated
  std::vector<std::size_t> optimizer_sets_;  // of each of them
  std::vector<std::size_t> metric_sets_;
  std::vector<runlog::SetHandle> handles_;
  std::vector<double> row_;
  std::vector<std::int64_t> bins_;
  std::unique_ptr<runlog::LogWriter> log_;
  std::vector<runlog::SeriesHandle> samples_;  // of each field that the model makes
  double copying_seconds_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace descent::run
