#pragma once

#include <string>
#include <string_view>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/distributions.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/plugin/data.hpp"

namespace descent {

/// p(x | z) of one field, as an experiment chooses it for a model:
///
///     likelihood: bernoulli                  # the decoder gives logits, of data in [0, 1]
///     likelihood: categorical                # logits, of a field of classes
///     likelihood: {gaussian: 0.5}            # means; one fixed standard deviation
///     likelihood: {gaussian: shared}         # one learned standard deviation for all elements
///     likelihood: {gaussian: per_element}    # a learned one for each element
///     likelihood: {gaussian: decoded}        # the decoder gives means, and log variances next to them
///     likelihood: squared_error              # means; σ² = ½ without its constant: −log p is Σ (x − mean)²
///
/// `gaussian` alone is `{gaussian: 1.0}`. A learned one is the parameter `GROUP.likelihood.log_stddev`.
class DESCENT_API Likelihood {
 public:
  /// Bernoulli.
  Likelihood() = default;
  /// Adds what is wrong to `diagnostics`, with its location.
  static Likelihood parse(const Value& value, Diagnostics& diagnostics);

  /// Chooses the shapes for a field, and registers what is learned in the decoder's group. Throws Error where the
  /// field's range or kind contradicts the likelihood.
  void build(const Field& field, std::string_view group, Registrar& registrar);
  /// The shape of one example of what the decoder must give: the field's, with the classes as last dimension, or with
  /// twice the last extent; (1) for a single number.
  const Shape& parameters() const { return parameters_; }
  /// p(x | z) of what the decoder gave: (batch, parameters…), or as many numbers in any shape.
  DistributionPtr operator()(const Variable& given) const;

 private:
  enum class Kind { bernoulli, categorical, gaussian, squared_error };
  enum class Stddev { fixed, shared, per_element, decoded };
  Kind kind_ = Kind::bernoulli;
  Stddev kind_of_stddev_ = Stddev::fixed;
  double stddev_ = 1;
  Shape field_, parameters_;
  std::string checked_;  // the field's name, where its numbers must be looked at
  Parameter* log_stddev_ = nullptr;
};

}  // namespace descent
