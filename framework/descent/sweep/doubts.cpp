#include "descent/sweep/doubts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/base/text.hpp"
#include "descent/sweep/axis_sensitivity.hpp"

namespace descent::sweep {

namespace {

class Doubting {
 public:
  Doubting(const FrozenSweep& sweep, const SweepResults& results, const SweepReport& report)
      : sweep_(sweep), results_(results), report_(report) {}

  std::vector<std::string> doubts() {
    look_for_unfinished_runs();
    if (!results_.older_builds.empty())
      doubts_.push_back(results_.older_builds + ": 'descent sweep FILE --retry stale' makes them again");
    look_for_optimizers_without_value();
    look_at_final_runs();
    look_at_seeds();
    for (const SettingResult& best : report_.best) look_at(best);
    return std::move(doubts_);
  }

 private:
  void look_for_unfinished_runs() {
    const auto count = static_cast<std::size_t>(
        std::count_if(results_.runs.begin(), results_.runs.end(), [](const RunOutcome& run) {
          const bool promoted = run.summary.status != runlog::RunStatus::skipped;
          return promoted && !run.summary.is_done() && !run.summary.went_wrong();
        }));
    if (count > 0)
      doubts_.push_back(fmt::format("{} of {} {} not ended", count, counted(std::ssize(results_.runs), "run"),
                                    results_.runs.size() == 1 ? "has" : "have"));
  }

  void look_for_optimizers_without_value() {
    if (report_.values.direction.empty()) return;
    std::set<std::string> all, with_value;
    for (const SettingResult& setting : report_.settings) {
      all.insert(setting.optimizer);
      if (setting.statistics.count > 0) with_value.insert(setting.optimizer);
    }
    for (const std::string& optimizer : all)
      if (!with_value.contains(optimizer))
        doubts_.push_back(optimizer.empty() ? "no run has a value that counts"
                                            : fmt::format("no run of {} has a value that counts", optimizer));
  }

  void look_at_final_runs() {
    const bool tuned = std::any_of(report_.settings.begin(), report_.settings.end(),
                                   [](const SettingResult& setting) { return setting.is_best; });
    if (sweep_.spec.protocol == Protocol::deepobs && tuned && report_.best.empty())
      doubts_.emplace_back("the final runs have not begun: there is the tuning alone");
  }

  void look_at_seeds() {
    std::set<std::int64_t> seeds;
    for (const FrozenRun& run : sweep_.runs) seeds.insert(run.seed);
    one_seed_ = seeds.size() == 1;
    if (one_seed_)
      doubts_.push_back(
          fmt::format("only one seed was run: what differs may be chance; sweep.seeds asks for more"));
  }

  void look_at(const SettingResult& best) {
    const std::string name = name_of(best);
    for (const AxisEdge& edge : edges_of(sweep_.spec, best.settings))
      doubts_.push_back(fmt::format("{} lies at the {} end of {} ({}): better values may lie beyond", name,
                                    edge.upper ? "upper" : "lower", edge.axis, edge.text));
    if (best.statistics.count == 1 && !one_seed_)
      doubts_.push_back(fmt::format("{} rests on one seed", name));
    if (best.went_wrong() > 0)
      doubts_.push_back(fmt::format("of {}, {} of {} went wrong", name, best.went_wrong(),
                                    counted(std::ssize(best.runs), "run")));
  }

  std::string name_of(const SettingResult& best) const {
    const bool first = &best == report_.best.data();
    if (best.optimizer.empty()) return "the best setting";
    return first && report_.best.size() > 1 ? fmt::format("the best setting of all, of {},", best.optimizer)
                                            : fmt::format("the best setting of {}", best.optimizer);
  }

  const FrozenSweep& sweep_;
  const SweepResults& results_;
  const SweepReport& report_;
  bool one_seed_ = false;
  std::vector<std::string> doubts_;
};

}  // namespace

std::vector<std::string> doubts_about(const FrozenSweep& sweep, const SweepResults& results,
                                      const SweepReport& report) {
  return Doubting(sweep, results, report).doubts();
}

}  // namespace descent::sweep
