#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/autograd/ops.hpp"
#include "descent/plugin/model.hpp"

namespace descent {

/// Who plays: a name, and the parameter groups it moves.
struct Player {
  std::string name;
  std::vector<std::string> groups;
};

/// A named part of a player's objective, or a number that is only observed.
struct TermSpec {
  std::string name;
  /// False: the term is logged and minimized by nobody (`score_real`).
  bool minimized = true;
};

/// Where evaluate() leaves its terms. Each declared term must be set once in every evaluation.
class DESCENT_API Terms {
 public:
  struct Slot {
    const TermSpec* spec;
    Variable value;
    double weight;
  };
  explicit Terms(std::span<Slot> slots) : slots_(slots) {}
  /// A term of shape (batch) or a single number, to be minimized: the host takes the mean over the batch,
  /// logs that, and adds `weight` times it to the objective.
  void set(std::string_view name, const Variable& value, double weight = 1);
  /// Whether the values of terms that are only observed are looked at in this evaluation; where they are not,
  /// they need not be computed.
  bool observed() const { return observed_; }
  void set_observed(bool observed) { observed_ = observed; }

 private:
  std::span<Slot> slots_;
  bool observed_ = true;
};

/// What a loss may ask for while it is evaluated, beside the pass itself.
class DESCENT_API Context : public Pass {
 public:
  using Pass::Pass;
  ~Context() override;
  /// The weighted sum of the *other* loss items for this player, on the same batch, as a graph: for losses
  /// over gradients.
  virtual Variable objective(std::string_view player) = 0;
  /// The variables that this player moves.
  virtual std::span<const Variable> parameters(std::string_view player) = 0;
  /// The names of the game's players.
  virtual std::vector<std::string> players() const = 0;
  /// While the returned guard lives, the model's parameters of `group` are `variables` instead, in the
  /// registrar's order: the model evaluated elsewhere.
  virtual std::shared_ptr<void> substitute(std::string_view group, std::span<const Variable> variables) = 0;
  /// The value of a schedulable option now.
  double operator()(const Schedule& schedule) const { return schedule.current(); }
};

/// States a game: which players there are and what each minimizes.
class DESCENT_API Loss {
 public:
  virtual ~Loss();
  /// Throws RoleMismatch when the model cannot be played by this loss.
  virtual void check(const Model& model) const;
  /// Registers parameters and buffers of the loss's own, in groups that players() names.
  virtual void build(const Fields& fields, Registrar& registrar);
  /// The game's players, and the groups each owns among `groups` (the model's and the losses'); none: this
  /// loss adds to the game that another one defines.
  virtual std::vector<Player> players(const Model& model, const std::vector<std::string>& groups) const;
  /// The terms for this player, fixed before the first step.
  virtual std::vector<TermSpec> declares(std::string_view player) const = 0;
  /// Sets every declared term.
  virtual void evaluate(std::string_view player, Model& model, const Batch& batch, Context& context,
                        Terms& out) const = 0;
  /// What the parameters of the likelihood that it fits look like as data, for samples: their mean, (batch,
  /// …). The parameters themselves unless a loss says otherwise.
  virtual Variable likelihood_mean(const Variable& parameters) const;
};

/// A loss for models that play `Role`: evaluate() gets the role itself.
template <class Role>
class LossOn : public Loss {
 public:
  void check(const Model& model) const override { role<Role>(model); }
  void evaluate(std::string_view player, Model& model, const Batch& batch, Context& context,
                Terms& out) const final {
    evaluate(player, role<Role>(model), batch, context, out);
  }
  virtual void evaluate(std::string_view player, Role& model, const Batch& batch, Context& context,
                        Terms& out) const = 0;
};

/// One player that moves every group.
DESCENT_API std::vector<Player> single_player(const std::string& name,
                                              const std::vector<std::string>& groups);
/// The condition of a batch for a model: the field's variable, or an undefined one when the model names none.
DESCENT_API Variable condition(const Batch& batch, const std::string& field);

}  // namespace descent

/// Registers a loss: `DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling,
/// 2014)")`.
#define DESCENT_LOSS(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Loss, loss, CLASS, NAME, SUMMARY)
