#pragma once

#include <string>
#include <vector>

#include "data_table.hpp"
#include "descent/sweep/setting_results.hpp"
#include "descent/sweep/time_to_target.hpp"
#include "option_columns.hpp"
#include "statistics_columns.hpp"

namespace descent::program {

/// `train.objective/value in nat (lower is better)`
std::string value_name(const sweep::RunValues& values);

/// Whether its axes choose among several optimizers.
bool has_optimizers(const sweep::FrozenSweep& sweep);

/// The tables that `descent compare` makes of a sweep, each with what it shows.
class SweepTables {
 public:
  SweepTables(const sweep::FrozenSweep& sweep, const sweep::SweepResults& results,
              const std::vector<sweep::SweepReport>& reports, const std::string& plus_minus);

  /// Every setting, or the `top` first of them.
  DataTable settings(std::size_t top) const;
  /// The best setting of each optimizer.
  DataTable best() const;
  std::string best_words() const;
  /// How much depends on each axis.
  DataTable sensitivity() const;
  static std::string sensitivity_words();
  /// How often each optimizer was close to the fastest. For the protocol time_to_target.
  DataTable profile() const;
  static std::string profile_words();

 private:
  DataTable empty_table() const;
  void add_setting(DataTable& table, const sweep::RunValues& values, const sweep::SettingResult& setting,
                   bool marked) const;

  const sweep::FrozenSweep& sweep_;
  const sweep::SweepResults& results_;
  const std::vector<sweep::SweepReport>& reports_;
  StatisticsColumns columns_;
  std::vector<sweep::SweepOption> options_;  // those that differ
  ShownOptions shown_;                       // the same for people, a row for each run
  std::vector<std::string> headings_;
  /// Of the protocol time_to_target: seconds of training to the target, of each run.
  std::optional<sweep::RunValues> seconds_;
};

}  // namespace descent::program
