#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "descent/base/temporary_folder.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/recorder.hpp"
#include "descent/train/training.hpp"

namespace descent::bench {

/// An experiment as `descent run` plays it, step by step: plugins, trainer and log, the log in a scratch
/// folder.
class MeasuredTraining {
 public:
  explicit MeasuredTraining(const std::string& yaml);
  ~MeasuredTraining();
  MeasuredTraining(const MeasuredTraining&) = delete;
  MeasuredTraining& operator=(const MeasuredTraining&) = delete;

  /// The next step, with its row in the log where one is due.
  void step();
  train::Training& training() { return *training_; }
  /// How many numbers a row of this metric set has.
  std::size_t columns(const std::string& set) const;

 private:
  TemporaryFolder folder_;
  Registry registry_;
  std::unique_ptr<train::Training> training_;
  std::unique_ptr<run::Recorder> recorder_;
};

/// The plugins that are built with this program.
Registry standard_registry();
/// What an experiment text says, with the standard plugins; the file it passes through is in `folder`.
experiment::Experiment read_text(const std::string& yaml, const std::filesystem::path& folder,
                                 Registry& registry);

}  // namespace descent::bench
