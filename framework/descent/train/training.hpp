#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/floating_point_state.hpp"
#include "descent/base/process_state.hpp"
#include "descent/chain/arena.hpp"
#include "descent/chain/chain.hpp"
#include "descent/chain/chain_runner.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/data/batch_source.hpp"
#include "descent/data/sampler.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/plugin/collapse.hpp"
#include "descent/plugin/dataset.hpp"
#include "descent/plugin/metric.hpp"
#include "descent/train/game.hpp"
#include "descent/train/generation.hpp"

namespace descent::train {

/// A loss or a parameter is no longer finite: `diverged at step 812: loss 'elbo' is nan`.
class DESCENT_API Diverged : public RunError {
 public:
  Diverged(std::int64_t step, const std::string& what);
  ~Diverged() override;
  std::int64_t step() const { return step_; }

 private:
  std::int64_t step_;
};

/// Looks on while a step is played: where a log copies gradients and updates from. Called on the training
/// thread.
class DESCENT_API StepObserver {
 public:
  virtual ~StepObserver();
  /// The gradients of these parameters are complete; the chain rewrites them next.
  virtual void gradients_ready(const GamePlayer& player, chain::Arena& arena,
                               std::span<const std::string> groups) = 0;
  /// Whether updated() will look at this step's updates. Where it will not, they are not written to memory.
  virtual bool wants_updates() const { return true; }
  /// Where the gradients were, updates are now, if they were wanted; the values have been moved.
  virtual void updated(const GamePlayer& player, chain::Arena& arena,
                       std::span<const std::string> groups) = 0;
};

/// One metric of an experiment, made.
struct MetricInstance {
  const LoadedPlugin* plugin = nullptr;
  std::shared_ptr<Metric> metric;
  std::string name;
  SourceLocation location;
  Split split = Split::test;
  experiment::Duration every;
  std::int64_t batch_size = 0;
  std::vector<Measure> measures;
  /// Values that schedules take while it is measured.
  std::vector<std::pair<Schedule*, double>> at;
};

/// Metrics with what they measure, before there is a model to measure it on. Throws Error.
DESCENT_API std::vector<MetricInstance> declared_metrics(std::vector<experiment::MetricItem> items);

/// What a program lends to a training. Any of it may be left out: the same steps are played, with the same bits.
struct Resources {
  /// Loads what options of type `run` name; without it they are problems of the experiment.
  std::function<std::shared_ptr<TrainedRun>(const std::filesystem::path&)> load_run = {};
  /// Makes what fills batches beforehand; without it they are filled when their step begins. Not asked where
  /// the data set's options change with the step, or where there is none.
  data::MakeBatchSource batches = {};
};

/// Everything a run works with, assembled from an experiment and checked: data, model, game, chains, state.
/// It plays steps; which losses and which model it plays it never knows. It makes no file and no thread;
/// assemble() makes it.
class DESCENT_API Training {
 public:
  ~Training();
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  /// Before the first step: evaluates every objective once on the first batch, and on as many examples as an
  /// epoch's last batch has where that is smaller, so that shapes that do not fit, labels that are no classes
  /// and the like are problems of the experiment, not of a run that fails. Nothing of it stays.
  void rehearse(Diagnostics& diagnostics);
  /// What the losses find that is likely not meant, with its places.
  std::vector<std::string> warnings() const { return game_->warnings(*model_); }
  /// Plays the next step. With `observed`, terms that are only observed are evaluated too. Throws Diverged.
  void play_step(bool observed = false, StepObserver* observer = nullptr);
  /// Measures one metric where the chains' evaluation points are. Changes nothing in training.
  std::vector<double> measure(const MetricInstance& metric);

  /// While one lives, values are where the chains want to be looked at (the average of `ema`), and the buffers of
  /// their groups are re-estimated there: batch statistics of the average's network. For everything that is
  /// measured and generated at one step. Others inside it change nothing. No step may be played meanwhile.
  /// Afterwards values and buffers are what they were.
  class DESCENT_API EvaluationPoint {
   public:
    explicit EvaluationPoint(Training& training);
    ~EvaluationPoint();
    EvaluationPoint(const EvaluationPoint&) = delete;
    EvaluationPoint& operator=(const EvaluationPoint&) = delete;

   private:
    Training& training_;
  };

  /// What shows that a generative model has collapsed, at the values that are trained, on up to 256 examples from all over
  /// the data. Changes nothing in training.
  CollapseSigns signs_of_collapse();

  /// Samples of a generative model, (count, …) for each of sample_fields(): of fixed latent points, the same at
  /// every step; none when the model generates none.
  std::vector<Tensor> generate(std::int64_t count);
  /// Makes `count` new samples where the chains' evaluation points are, and hands them on in batches. They come from
  /// numbers that no run draws, and the first ones do not depend on how many there are. Throws Error when the
  /// model generates none, and for conditions of other shapes or unknown classes.
  void generate(std::int64_t count, const Generation& what, const TakeSamples& take);
  /// Makes `count` >= 2 samples, at most 256, at equal steps from one latent point to another, both ends included: between
  /// samples on a great circle (White, Sampling Generative Networks, 2016), whose points have the norms that a
  /// normal prior makes likely, and between codes on a straight line. All have the condition of the first end.
  /// Throws Error as generate() does, and when an example is not there or the model encodes none.
  void interpolate(std::int64_t count, const PathEnd& from, const PathEnd& to, const Generation& what,
                   const TakeSamples& take);
  /// The codes of the examples that are trained on, in their order, (examples, n), of endless data those of 10,000 fresh
  /// examples, where the chains' evaluation points are. Throws Error when the model has none, or a condition: a
  /// distribution of all codes would say nothing about those of one condition.
  Tensor codes(std::uint64_t seed);
  /// The fields that the model makes, and those of its condition; none when it generates none.
  std::vector<const Field*> sample_fields() const;
  std::vector<const Field*> condition_fields() const;

  /// Throws Diverged where a slot or a rule's scalar is no longer finite although every value is, as when a
  /// square has overflowed and the rule moves nothing any more. Slots that began so may be.
  void check_slots() const;

  /// What plugins have changed for the whole process since they were assembled, each once: `a rule of player 'model'
  /// changed the rounding mode of floating-point numbers`. It was put back at once, and until then
  /// numbers may be others than they would have been.
  const std::vector<std::string>& disturbances() const { return disturbances_; }

  std::int64_t step() const { return step_; }
  /// The last step of the run.
  std::int64_t total_steps() const { return total_steps_; }
  /// How many epochs have ended, as a fraction; of an endless data set 0.
  double epochs() const;
  /// The step at which the n-th `duration` has passed; 0 lasts forever. Minutes are the caller's.
  bool is_due(const experiment::Duration& duration, std::int64_t step) const;
  /// The first step at which `duration` has passed, and how many steps there are from one to the next; 0: never.
  std::int64_t first_due(const experiment::Duration& duration) const;

  const experiment::Experiment& experiment() const { return experiment_; }
  Game& game() { return *game_; }
  Registrar& registrar() { return registrar_; }
  const Registrar& registrar() const { return registrar_; }
  Model& model() { return *model_; }
  const Fields& fields() const { return fields_; }
  const Dataset* dataset() const { return dataset_.get(); }
  const std::vector<MetricInstance>& metrics() const { return metrics_; }
  data::Sampler* sampler() { return sampler_ ? &*sampler_ : nullptr; }
  std::vector<std::vector<chain::ChainUnit>>& units() { return units_; }
  std::vector<std::unique_ptr<chain::Arena>>& arenas() { return arenas_; }
  std::vector<std::unique_ptr<chain::ChainRunner>>& runners() { return runners_; }
  /// Schedules that change over the run, by the names their values are logged under.
  std::vector<std::pair<std::string, const Schedule*>> changing_schedules();
  std::vector<std::int64_t>& player_updates() { return player_updates_; }
  void set_step(std::int64_t step);
  /// Whether the player of this place has a turn.
  bool plays(std::size_t player) const;
  /// Parameters in all.
  std::int64_t parameter_count() const;

 private:
  /// What is differentiated with respect to, and where the gradients go.
  struct GradientTargets {
    std::vector<Variable> variables;
    std::vector<Tensor> gradients;
  };
  struct AssignedTurn {
    std::size_t player;
    std::vector<std::string> groups;  // empty: all
    std::int64_t count;
    GradientTargets all, probed;  // probed: those whose chains take their gradient at another point too
    bool probes() const { return !probed.variables.empty(); }
  };
  class EvaluationContext;
  /// A latent point (1, latent…) and its condition, each (1, …).
  struct LatentPoint {
    Variable z;
    Values y;
  };
  friend std::unique_ptr<Training> assemble(experiment::Experiment&& experiment, Resources resources);

  Training(experiment::Experiment&& experiment, Resources&& resources);

  void make_dataset(Diagnostics& diagnostics);
  void add_transforms(Diagnostics& diagnostics);
  void check_data(Diagnostics& diagnostics);
  void check_batch_sizes(Diagnostics& diagnostics) const;
  void check_split(Split split, Diagnostics& diagnostics);
  /// What is wrong with a batch that holds numbers which are not finite; empty where there are none.
  std::string describe_bad_data(const Batch& batch) const;
  void make_model(Diagnostics& diagnostics);
  void make_chains(Diagnostics& diagnostics);
  void assign_turns(Diagnostics& diagnostics);
  void choose_split(const experiment::MetricItem& item, MetricInstance& metric,
                    Diagnostics& diagnostics) const;
  void make_metrics(Diagnostics& diagnostics);
  void load_runs(const MetricInstance& metric, Diagnostics& diagnostics);
  void collect_schedules();
  void set_epochs(Diagnostics& diagnostics);
  void count_steps(Diagnostics& diagnostics);
  void make_batch_source();
  void gather(AssignedTurn& turn);

  Generative* generative() const;
  Batch data_rows(std::int64_t begin, std::int64_t count, Pass& pass);
  Batch rows_from_all_over(std::int64_t count, Pass& pass);
  Values conditions(std::int64_t begin, std::int64_t count, const Generation& what, Pass& pass);
  void check_conditions(const Generation& what) const;
  Generative& generative_with_prior();
  LatentPoint latent_point(const PathEnd& end, const Generation& what);
  LatentPoint code_of(Split split, std::int64_t index);
  /// How many examples a split has for metrics; empty: without end.
  std::optional<std::int64_t> size_for_metrics(Split split) const;
  void describe_measures(MetricInstance& metric) const;
  void enter_evaluation_point();
  void leave_evaluation_point();
  void find_reestimated();
  template <class Use>
  void each_statistics_batch(const Use& use);
  void save_buffers();
  void reestimate_buffers();
  void put_back_buffers();
  void check_value_at(const experiment::ValueAt& wanted, const Schedule& schedule,
                      Diagnostics& diagnostics) const;
  void choose_values_at(const experiment::MetricItem& item, MetricInstance& metric, Diagnostics& diagnostics);

  void first_batch();
  void rehearse_on_first_batch(const std::string& where, Diagnostics& diagnostics);
  void rehearse_metrics(Diagnostics& diagnostics);
  std::int64_t examples_of_last_batch() const;
  void next_batches();
  void take_gradients(AssignedTurn& turn, const Batch& batch, std::int64_t evaluation, bool observed,
                      bool first);
  void apply_update(const AssignedTurn& turn, std::int64_t evaluation, StepObserver* observer);
  void play_turn(AssignedTurn& turn, bool observed, StepObserver* observer);
  void play_simultaneously(bool observed, StepObserver* observer);
  /// Puts back the values that were saved before a probe or an evaluation point.
  void restore_values(std::size_t player);
  void commit_buffers();
  /// Puts the process back as it was, and notes what has changed as that of `culprit()`.
  template <class Culprit>
  void undo_changes(const Culprit& culprit, bool with_directory = false) {
    if (const auto changed = process_.restore(with_directory); !changed.empty())
      note_changes(culprit(), changed);
  }
  /// The same where this thread computes in another way than before, and of that alone. Takes a few cycles.
  template <class Culprit>
  void undo_changed_numbers(const Culprit& culprit) {
    if (numbers_.changed()) undo_changes(culprit);
  }
  void note_changes(const std::string& culprit, const std::vector<std::string>& changed);
  void look_at_directory();

  FloatingPointState numbers_;  // of the thread that plays
  ProcessState process_;
  std::chrono::steady_clock::time_point looked_at_directory_{};
  std::vector<std::string> disturbances_;
  experiment::Experiment experiment_;
  Resources resources_;
  std::shared_ptr<Dataset> dataset_;
  std::shared_ptr<Dataset> plugin_dataset_;  // without the transforms
  Fields fields_;
  std::shared_ptr<Model> model_;
  Registrar registrar_;
  std::unique_ptr<Game> game_;
  std::unique_ptr<chain::ChainTable> chains_;
  std::vector<std::unique_ptr<chain::Arena>> arenas_;         // of each player
  std::vector<std::vector<chain::ChainUnit>> units_;          // of each player
  std::vector<std::unique_ptr<chain::ChainRunner>> runners_;  // of each player
  std::vector<Tensor> saved_values_;  // of each player that probes or has an evaluation point
  std::vector<std::int64_t> player_updates_;
  std::vector<std::int64_t> recorded_step_;  // of each player: the step whose objective and terms it holds
  std::vector<AssignedTurn> turns_;
  std::optional<data::Sampler> sampler_;
  std::optional<Batch> examined_;  // by signs_of_collapse()
  std::vector<Batch> batches_;
  std::vector<MetricInstance> metrics_;
  std::vector<Schedule*> schedules_;
  std::vector<std::pair<std::string, Schedule*>> plugin_schedules_;  // of data set, model and metrics
  std::int64_t step_ = 0;
  std::int64_t total_steps_ = 0;
  std::int64_t evaluation_ = 0;
  /// The buffers of groups that have an evaluation point, and whose objectives they are of.
  struct Reestimated {
    std::vector<Buffer*> buffers;
    std::vector<Tensor> saved;
    std::vector<std::size_t> players;
  };
  Reestimated reestimated_;
  int evaluation_points_ = 0;                  // that live now
  std::unique_ptr<data::BatchSource> source_;  // declared last: its thread, if any, uses the members above
};

/// Takes an experiment apart and makes of its plugin objects what can be stepped. Throws Error with every
/// problem found.
DESCENT_API std::unique_ptr<Training> assemble(experiment::Experiment&& experiment, Resources resources = {});

}  // namespace descent::train
