#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "descent/autograd/ops.hpp"
#include "descent/plugin/model.hpp"

namespace descent {

/// Who plays: a name, and the parameter groups it moves.
struct Player {
  std::string name;
  std::vector<std::string> groups = {};
  /// It also moves every group that no loss gives to a player. One player of a game at most.
  bool rest = false;
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

class Context;

/// While one lives, the model's parameters are other variables: the model evaluated elsewhere. Made by
/// Context::substitute().
class DESCENT_API Substitution {
 public:
  /// For hosts. Throws Error where the variables do not have the parameters' shapes.
  Substitution(Context& context, std::string_view group, std::span<Parameter* const> parameters,
               std::span<const Variable> variables);
  Substitution(Substitution&& other) noexcept;
  ~Substitution();
  Substitution(const Substitution&) = delete;
  Substitution& operator=(const Substitution&) = delete;
  Substitution& operator=(Substitution&&) = delete;

 private:
  Context* context_;
  std::span<Parameter* const> parameters_;
  Variables before_;
};

/// What a loss may ask for while it is evaluated, beside the pass itself.
class DESCENT_API Context : public Pass {
 public:
  Context(Mode mode, std::uint64_t seed, std::int64_t step, std::int64_t evaluation, BufferUpdates updates);
  ~Context() override;
  /// The value that loss items share under `key`, such as one draw and one pass through the networks: the first item
  /// that asks makes it with `make()`, and it lasts for this evaluation. Its history is recorded even if that item is
  /// inside a NoGrad. During a substitution the parameters differ, so values are made again.
  template <class T, class Make>
  const T& cached(std::string_view key, Make&& make);
  /// The weighted sum of the *other* loss items for this player, on the same batch, as a graph: for losses
  /// over gradients. An evaluation of its own, which shares nothing with this one but its random numbers.
  virtual Variable objective(std::string_view player) = 0;
  /// The variables that this player moves; inside a substitution, the substituted ones.
  virtual std::span<const Variable> parameters(std::string_view player) = 0;
  /// How many examples are trained on; 0 of an endless data set, and without one.
  virtual std::int64_t examples() const = 0;
  /// The names of the game's players.
  virtual std::span<const std::string> players() const = 0;
  /// While the returned guard lives, the model's parameters of `group` are `variables` instead, in the
  /// registrar's order.
  [[nodiscard]] virtual Substitution substitute(std::string_view group,
                                                std::span<const Variable> variables) = 0;
  /// The value of a schedulable option now.
  double operator()(const Schedule& schedule) const { return schedule.current(); }

 private:
  friend class Substitution;
  using Text = std::basic_string<char, std::char_traits<char>, PoolAllocator<char>>;
  struct Shared {
    Text key;
    std::type_index type;
    std::int64_t substitutions;
    std::shared_ptr<const void> value;
  };
  const Shared* find(std::string_view key, std::type_index type) const;
  void begin_substitution() { ++substitutions_; }
  void end_substitution();

  bool records_;
  std::int64_t substitutions_ = 0;  // that live now
  std::vector<Shared, PoolAllocator<Shared>> shared_;
};

template <class T, class Make>
const T& Context::cached(std::string_view key, Make&& make) {
  const std::type_index type(typeid(T));
  if (const Shared* found = find(key, type)) return *static_cast<const T*>(found->value.get());
  const NoGrad as_evaluated(!records_);
  std::shared_ptr<const T> value = std::allocate_shared<T>(PoolAllocator<T>(), make());
  const T& result = *value;
  shared_.push_back({Text(key), type, substitutions_, std::move(value)});
  return result;
}

/// States a game: which players there are and what each minimizes. The game of an experiment is the union of its
/// losses' players.
class DESCENT_API Loss {
 public:
  virtual ~Loss();
  /// Throws RoleMismatch when the model cannot be played by this loss; `registrar` has the model's parameters.
  virtual void check(const Model& model, const Registrar& registrar) const;
  /// What is likely not meant, though it can be played: each a sentence without the loss's name. The host reports them
  /// before the first step.
  virtual std::vector<std::string> warnings(const Model& model) const;
  /// The logit above which a discriminator trained with this loss classifies an example as real. Empty for losses without
  /// such a threshold, as those of critics. The host measures the discriminator's accuracy with it.
  virtual std::optional<double> decision_threshold() const;
  /// Registers parameters and buffers of the loss's own; the model is built, so that its shapes can be asked for.
  virtual void build(const Model& model, const Fields& fields, Registrar& registrar);
  /// The players that this loss knows, and the groups that it gives to each: the model's, or `own_groups`, which it
  /// has registered itself. A player without groups is one that another loss of the game gives some. None: the loss
  /// adds to every player.
  virtual std::vector<Player> players(const Model& model, const std::vector<std::string>& own_groups) const;
  /// The terms for this player, fixed before the first step.
  virtual std::vector<TermSpec> declares(std::string_view player, const Model& model) const = 0;
  /// Sets every declared term. History is recorded in every evaluation, those for metrics too: a loss may take
  /// gradients.
  virtual void evaluate(std::string_view player, Model& model, const Batch& batch, Context& context,
                        Terms& out) const = 0;
};

/// A loss for models that play `Role`: evaluate() gets the role itself.
template <class Role>
class LossOn : public Loss {
 public:
  void check(const Model& model, const Registrar&) const override { role<Role>(model); }
  void evaluate(std::string_view player, Model& model, const Batch& batch, Context& context,
                Terms& out) const final {
    evaluate(player, role<Role>(model), batch, context, out);
  }
  virtual void evaluate(std::string_view player, Role& model, const Batch& batch, Context& context,
                        Terms& out) const = 0;
};

}  // namespace descent

/// Registers a loss: `DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling,
/// 2014)")`.
#define DESCENT_LOSS(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Loss, loss, CLASS, NAME, SUMMARY)
