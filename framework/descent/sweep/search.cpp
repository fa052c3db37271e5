#include "descent/sweep/search.hpp"

#include <algorithm>
#include <map>

#include "descent/sweep/freeze_run.hpp"
#include "descent/sweep/objective.hpp"
#include "descent/sweep/search_journal.hpp"

namespace descent::sweep {

namespace {

constexpr std::size_t most_rounds_without_news = 20;

std::vector<std::string> folders_of(const std::vector<Setting>& settings, const SweepSpec& spec) {
  std::vector<std::string> folders;
  for (const std::int64_t seed : spec.seeds)
    folders.push_back(run_folder(configuration_folder(settings), seed));
  return folders;
}

}  // namespace

Search::Search(FrozenSweep& sweep, Registry& registry, const std::set<runlog::RunStatus>& retried)
    : sweep_(sweep),
      registry_(registry),
      space_(sweep.spec),
      identity_(search_identity(sweep.spec, sweep.base_hash)) {
  const auto lock = lock_sweep(sweep_.directory);
  rounds_ = read_rounds(sweep_, space_, identity_);
  play(settings_of(sweep_.spec, rounds_), retried);
}

// What a kill has left undone is added to the list now.
void Search::play(const std::vector<std::vector<Setting>>& settings,
                  const std::set<runlog::RunStatus>& retried) {
  runs_ = std::make_unique<MissingRuns>(sweep_, add_settings(sweep_, settings, registry_), retried);
}

std::optional<Task> Search::next() {
  auto task = runs_->next();
  while (!task && given_ == 0 && decide()) task = runs_->next();
  if (task) ++given_;
  return task;
}

void Search::ended(const Task&, const runlog::RunState&) {
  --given_;
}

bool Search::is_round_over() const {
  if (rounds_.empty()) return true;
  for (const std::vector<Setting>& settings : rounds_.back().settings)
    for (const std::string& folder : folders_of(settings, sweep_.spec))
      if (!progress_of(sweep_.directory / folder).ended()) return false;
  return true;
}

bool Search::has_come_to_its_end() const {
  if (std::ssize(settings_of(sweep_.spec, rounds_)) == sweep_.spec.runs) return true;
  if (rounds_.size() <= most_rounds_without_news) return false;
  const auto before = rounds_.end() - static_cast<std::ptrdiff_t>(most_rounds_without_news);
  return settings_of(sweep_.spec, {rounds_.begin(), before}).size() ==
         settings_of(sweep_.spec, rounds_).size();
}

// False: there is nothing to play now.
bool Search::decide() {
  const auto lock = lock_sweep(sweep_.directory);
  std::vector<SearchRound> rounds = read_rounds(sweep_, space_, identity_);
  if (rounds.size() > rounds_.size()) {  // another process was quicker
    rounds_ = std::move(rounds);
    play(settings_of(sweep_.spec, rounds_), {});
    return true;
  }
  return extend();
}

bool Search::extend() {
  if (has_come_to_its_end() || !is_round_over()) return false;
  if (!rounds_.empty()) rounds_.back().scores = scores_of_last_round();
  SearchRound round;
  round.points = propose(sweep_.spec, space_, rounds_);
  if (round.points.empty()) return false;
  for (const SearchPoint& point : round.points) round.settings.push_back(space_.settings_of(point));
  rounds_.push_back(std::move(round));
  append_round(sweep_, identity_, rounds_);
  play(settings_of(sweep_.spec, rounds_), {});
  return true;
}

std::vector<SearchScore> Search::scores_of_last_round() const {
  std::map<std::string, SearchScore> known;
  for (const SearchRound& round : rounds_)
    for (std::size_t i = 0; i < round.scores.size(); ++i)
      known.emplace(settings_key(round.settings[i]), round.scores[i]);
  std::vector<SearchScore> scores;
  for (const std::vector<Setting>& settings : rounds_.back().settings) {
    const auto found = known.find(settings_key(settings));
    scores.push_back(found != known.end() ? found->second : score_of(settings));
  }
  return scores;
}

SearchScore Search::score_of(const std::vector<Setting>& settings) const {
  SearchScore score;
  double sum = 0;
  for (const std::string& folder : folders_of(settings, sweep_.spec)) {
    const std::filesystem::path run = sweep_.directory / folder;
    const bool done = progress_of(run).state.status == runlog::RunStatus::done;
    const auto found = done ? last_objective(run, sweep_.spec.objective) : std::nullopt;
    if (!found) {
      ++score.wrong;
      continue;
    }
    ++score.count;
    sum += found->higher_is_better ? found->value : -found->value;
  }
  if (score.count > 0) score.mean = sum / static_cast<double>(score.count);
  return score;
}

std::vector<FrozenRun> proposed_runs(const FrozenSweep& sweep, const std::vector<FrozenRun>& before) {
  const SearchSpace space(sweep.spec);
  std::map<std::string, const FrozenRun*> known;
  for (const FrozenRun& run : before) known.emplace(run.folder, &run);
  std::vector<FrozenRun> runs;
  const auto rounds = read_rounds(sweep, space, search_identity(sweep.spec, sweep.base_hash));
  for (const std::vector<Setting>& settings : settings_of(sweep.spec, rounds))
    for (const std::string& folder : folders_of(settings, sweep.spec)) {
      const auto found = known.find(folder);
      if (found != known.end() &&
          found->second->identity == run_identity(settings, found->second->seed, sweep.base_hash))
        runs.push_back(*found->second);
    }
  return runs;
}

}  // namespace descent::sweep
