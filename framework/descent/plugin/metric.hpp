#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/plugin/dataset.hpp"
#include "descent/plugin/loss.hpp"

namespace descent {

enum class Direction { lower_is_better, higher_is_better, neither };

/// One number that a metric measures.
struct Measure {
  std::string name;
  std::string unit;
  Direction direction = Direction::neither;
  /// What the number is over, and depends on besides model and data, shown with every result: `of 2000 samples, judged by
  /// a classifier with the SHA-256 3f2a…`. What counted_examples() gives becomes the number of examples.
  std::string note = {};
  /// A positive number that goes through several orders of magnitude: programs that show the log draw it on a logarithmic axis.
  bool logarithmic = false;
};

/// For a note: how many examples the metric looks at, `1000 examples`. The host knows how many its split has: the metric looks
/// at the `first` of them, 0: at all, and at `of_endless` where it has no end.
DESCENT_API std::string counted_examples(std::int64_t first, std::int64_t of_endless);
inline std::string counted_examples(std::int64_t first) {
  return counted_examples(first, first);
}
/// `note` with that number in place of what counted_examples() gave; `size` is that of the split, empty: endless.
DESCENT_API std::string with_counted_examples(std::string note, std::optional<std::int64_t> size);

/// A finished run that a metric compares with, or measures by: its model with its final state, at the point where
/// its optimizer wants to be looked at.
class DESCENT_API TrainedRun {
 public:
  virtual ~TrainedRun();
  virtual Model& model() = 0;
  virtual const Fields& fields() const = 0;
};

/// The mean of one term over what was evaluated.
struct TermMean {
  std::string player;
  std::string loss;
  std::string term;
  double value;
  double weight;
  bool minimized;
};

/// What a metric may look at. Its random numbers are its own: measuring changes nothing in training.
class DESCENT_API MetricContext {
 public:
  virtual ~MetricContext();
  virtual const Dataset& dataset() const = 0;
  virtual const Fields& fields() const = 0;
  struct Examples {
    /// How many fresh ones are drawn of an endless data set.
    std::int64_t of_endless = 10'000;
    /// How many are taken of a split that has an end, the first ones in its order; 0: all.
    std::int64_t first = 0;
    /// Another split than the metric's own, such as the examples that are trained on.
    std::optional<Split> split = {};
  };
  /// The split that the metric looks at.
  virtual Split split() const = 0;
  /// How many examples a split has for metrics, of the training split those that are trained on; empty: without end.
  virtual std::optional<std::int64_t> size(Split split) const = 0;
  /// Calls `look` with batch after batch of the metric's split, or of the one that is asked for.
  virtual void each_batch(const Examples& examples, const std::function<void(const Batch&)>& look) = 0;
  /// What a generative model is conditioned on, for `count` samples from sample `begin` on: classes in turn, or rows
  /// of the data. One value for each of its condition_fields().
  virtual Values conditions(std::int64_t begin, std::int64_t count) = 0;
  /// The same as the examples of the metric's split have it, in their order, starting over at their end: what is
  /// generated then has the classes in the proportions of the data that it is compared with.
  virtual Values conditions_of_data(std::int64_t begin, std::int64_t count) = 0;
  /// An evaluation pass for calls of the model.
  virtual Pass& pass() = 0;
  /// The metric's `batch_size`.
  virtual std::int64_t batch_size() const = 0;
  /// The names of the game's loss items.
  virtual std::vector<std::string> losses() const = 0;
  /// The terms of every loss item for every player, each the mean over the batch, in evaluation mode.
  virtual std::vector<TermMean> evaluate_losses(const Batch& batch) = 0;
};

/// A number, or a few, measured on the model now and then, outside of the training step.
class DESCENT_API Metric {
 public:
  virtual ~Metric();
  /// Throws RoleMismatch, or Error, when this model or data set cannot be measured.
  virtual void check(const Model& model, const Dataset& dataset) const;
  /// Throws Error when it asks for a player or a loss item that the game does not have.
  virtual void check_game(const std::vector<std::string>& players,
                          const std::vector<std::string>& losses) const;
  /// Throws Error when the split that it looks at, or another one that it needs, has too few examples. `size` is
  /// MetricContext::size().
  virtual void check_examples(Split split,
                              const std::function<std::optional<std::int64_t>(Split)>& size) const;
  /// Tries on an example or two what measure() will do, where a model of the right role may not do either: what cannot be
  /// measured is then refused before the first step. Throws Error.
  virtual void rehearse(Model& model, MetricContext& context) const;
  /// Whether its numbers depend on the weight and the options of this loss item (evaluate_losses()), and so mean another
  /// thing when a schedule has changed one of them.
  virtual bool depends_on_loss(const std::string& loss) const;
  virtual std::vector<Measure> declares() const = 0;
  /// One value for each declared measure, in their order.
  virtual std::vector<double> measure(Model& model, MetricContext& context) const = 0;
};

/// A metric for models that play `Role`.
template <class Role>
class MetricOn : public Metric {
 public:
  void check(const Model& model, const Dataset&) const override { role<Role>(model); }
  std::vector<double> measure(Model& model, MetricContext& context) const final {
    return measure(role<Role>(model), context);
  }
  virtual std::vector<double> measure(Role& model, MetricContext& context) const = 0;
  void rehearse(Model& model, MetricContext& context) const final { rehearse(role<Role>(model), context); }
  virtual void rehearse(Role&, MetricContext&) const {}
};

}  // namespace descent

/// Registers a metric: `DESCENT_METRIC(Accuracy, "accuracy", "share of examples classified right")`.
#define DESCENT_METRIC(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Metric, metric, CLASS, NAME, SUMMARY)
