#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "descent/autograd/ops.hpp"
#include "descent/autograd/values.hpp"
#include "descent/base/pool.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

class Distribution;
/// Distributions are immutable, and copies share one. make_distribution() puts them into the pool.
using DistributionPtr = std::shared_ptr<const Distribution>;

/// What a log density or a divergence is summed over.
enum class Per {
  row,     ///< the elements of each row: (rows)
  element  ///< nothing: (rows, …)
};

/// A sample and the logarithm of its density.
struct Draw {
  Variable value;     ///< (rows, …)
  Variable log_prob;  ///< (rows); undefined where there is no density
};

/// Rows of independent draws: a distribution over (rows, …), such as q(z | x) or p(x | z).
class DESCENT_API Distribution {
 public:
  virtual ~Distribution();
  /// How messages call it: `normal`.
  virtual const char* name() const = 0;
  /// The log density, or log probability, of x (rows, …), in nats. Per element: undefined where it does not
  /// factorize over the elements.
  virtual Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const = 0;
  /// A sample (rows, …) from the random numbers of this stream; with gradients where reparameterized().
  virtual Variable sample(Pass& pass, std::string_view stream) const = 0;
  /// A sample with its log density. For distributions that know the density only of what they have drawn
  /// themselves, or know it more cheaply then; sample() and log_prob() by default.
  virtual Draw draw(Pass& pass, std::string_view stream) const;
  /// Whether gradients with respect to the parameters flow through samples. Kingma and Welling, Auto-Encoding
  /// Variational Bayes, 2014, section 2.4.
  virtual bool reparameterized() const;
  /// The mean in data space (rows, …); undefined where there is none, as for classes.
  virtual Variable mean(Pass& pass) const = 0;
  /// KL(this ‖ p), in nats; undefined where no closed form is known.
  virtual Variable kl(const Distribution& p, Per per = Per::row) const;
  /// Every row `count` times in a row: a distribution over (rows·count, …).
  virtual DistributionPtr repeat(std::int64_t count) const = 0;
  /// The same distribution, whose parameters have no history: gradients flow through what is asked about, and
  /// not into the parameters.
  virtual DistributionPtr detached() const = 0;
  /// The distributions side by side that this one is made of, one for each field; itself unless it is a Joint.
  virtual std::size_t parts() const;
  virtual const Distribution& part(std::size_t index) const;
};

/// A distribution in the pool's memory: `make_distribution<Normal>(mean, log_variance)`.
template <class T, class... Arguments>
DistributionPtr make_distribution(Arguments&&... arguments) {
  return std::allocate_shared<T>(PoolAllocator<T>(), std::forward<Arguments>(arguments)...);
}

/// Independent normal distributions, one for each element.
class DESCENT_API Normal final : public Distribution {
 public:
  /// N(0, 1) of this shape (rows, …).
  static DistributionPtr standard(const Shape& shape);
  /// `mean` (rows, …), and one standard deviation for every element.
  Normal(Variable mean, double stddev);
  /// σ² = ½ without its constant, ½·log π for each element: log_prob() is −Σ (x − mean)². For objectives that are
  /// published as squared errors; it does not integrate to 1.
  static DistributionPtr squared_error(Variable mean);
  /// `mean` (rows, …), and log σ² of the same shape, of one row (…), or one number ().
  Normal(Variable mean, Variable log_variance);

  const char* name() const override { return "normal"; }
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  /// mean + σ·ε with ε ~ N(0, 1).
  Variable sample(Pass& pass, std::string_view stream) const override;
  bool reparameterized() const override { return true; }
  Variable mean(Pass& pass) const override;
  /// For normal distributions. From the standard one: Kingma and Welling 2014, appendix B.
  Variable kl(const Distribution& p, Per per = Per::row) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

  bool is_standard() const { return !mean_.defined(); }
  const Shape& shape() const { return shape_; }
  /// (rows, …), zeros for the standard one.
  Variable mean() const;
  /// log σ²: of the shape that was given, or () where σ is a number.
  Variable log_variance() const;

 private:
  struct Standard {};

 public:
  Normal(Standard, const Shape& shape);
  Normal(Variable mean, double stddev, bool normalized);

 private:
  Shape shape_;
  Variable mean_;          // undefined: the standard one
  Variable log_variance_;  // undefined: stddev_
  double stddev_ = 1;
  bool normalized_ = true;  // log_prob() has its constant
};

/// All probability at one point (rows, …): what a deterministic encoder gives. It has no density.
class DESCENT_API PointMass final : public Distribution {
 public:
  explicit PointMass(Variable point) : point_(std::move(point)) {}

  const char* name() const override { return "point mass"; }
  /// Throws Error: there is no density.
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  Variable sample(Pass& pass, std::string_view stream) const override;
  /// The point; log_prob is undefined.
  Draw draw(Pass& pass, std::string_view stream) const override;
  bool reparameterized() const override { return true; }
  Variable mean(Pass& pass) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  Variable point_;
};

/// Independent Bernoulli distributions of these logits (rows, …), over numbers in [0, 1]: shades of gray count as
/// mixtures of 0 and 1, whose cross entropy is taken.
class DESCENT_API Bernoulli final : public Distribution {
 public:
  /// With a name, log_prob() throws Error where the data are not within [0, 1], and calls them by it; the name
  /// must outlive the distribution.
  explicit Bernoulli(Variable logits, std::string_view checked = {});

  const char* name() const override { return "bernoulli"; }
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  Variable sample(Pass& pass, std::string_view stream) const override;
  Variable mean(Pass& pass) const override;
  Variable kl(const Distribution& p, Per per = Per::row) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  Variable logits_;
  std::string_view checked_;
};

/// Independent choices among classes with these logits (rows, …, classes), over class indices (rows, …).
class DESCENT_API Categorical final : public Distribution {
 public:
  explicit Categorical(Variable logits);

  const char* name() const override { return "categorical"; }
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  /// By the largest of logits + Gumbel noise. Gumbel, Statistical Theory of Extreme Values, 1954.
  Variable sample(Pass& pass, std::string_view stream) const override;
  /// Undefined: classes have none.
  Variable mean(Pass& pass) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  Variable logits_;
};

/// Distributions of several fields side by side, given which they are independent: p(x₁, x₂ | z). Densities and
/// samples are those of its parts: see log_prob(Distribution, Values).
class DESCENT_API Joint final : public Distribution {
 public:
  Joint(std::initializer_list<DistributionPtr> parts);
  void append(DistributionPtr part);

  const char* name() const override { return "joint"; }
  /// These three are of a single variable: they throw where there is not exactly one part.
  Variable log_prob(const Variable& x, Pass& pass, Per per = Per::row) const override;
  Variable sample(Pass& pass, std::string_view stream) const override;
  Variable mean(Pass& pass) const override;
  bool reparameterized() const override;
  Variable kl(const Distribution& p, Per per = Per::row) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;
  std::size_t parts() const override { return count_; }
  const Distribution& part(std::size_t index) const override;

 private:
  const Distribution& only() const;
  template <class Change>
  DistributionPtr changed(const Change& change) const;

  std::array<DistributionPtr, Values::most> parts_;
  std::size_t count_ = 0;
};

/// The log density of the fields together, (rows): the sum over the parts. What is missing is left out: the
/// density of the others.
DESCENT_API Variable log_prob(const Distribution& distribution, const Values& x, Pass& pass);

}  // namespace descent
