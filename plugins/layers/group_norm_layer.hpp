#pragma once

#include <descent/plugin/layer.hpp>
#include <string>

/// A layer that normalizes groups of channels of each example by their own mean and variance: (batch, …, channels) ->
/// the same, scale and shift (channels). What instance and group normalization share; they differ in the groups.
class GroupNormLayer : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) final {
    const std::string name = title();
    if (input.rank() == 0)
      throw descent::Error(name + " needs inputs with channels, but one example is a single number");
    const std::int64_t channels = input[input.rank() - 1];
    groups = groups_of(channels);
    if (channels % groups != 0)
      throw descent::Error(name + " cannot divide the " + std::to_string(channels) + " channels of " +
                           input.text() + " into " + std::to_string(groups) + " groups of equal size");
    if (input.size() / groups < 2)
      throw descent::Error(name +
                           " needs two numbers or more to normalize together, but an example of shape " +
                           input.text() + " has one in each of " + std::to_string(groups) + " groups");
    if (affine) {
      scale = &scope.parameter("scale", {channels}, {}, descent::initialize::constant(1));
      shift = &scope.parameter("shift", {channels}, {}, descent::initialize::constant(0));
    }
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) final {
    return group_normalize(x, affine ? scale->variable : descent::Variable(),
                           affine ? shift->variable : descent::Variable(), groups, epsilon);
  }

 protected:
  template <class Derived>
  static void shared_options(descent::OptionSpec<Derived>& o) {
    o.number("epsilon", &Derived::epsilon, 1e-5).positive().doc("ε, added to the variance").contrast(0.5);
    o.flag("affine", &Derived::affine, true).doc("learn scale and shift; without, 1 and 0");
  }

  double epsilon;
  bool affine;

 private:
  /// The layer's name, for messages.
  virtual std::string title() const = 0;
  virtual std::int64_t groups_of(std::int64_t channels) const = 0;

  std::int64_t groups = 1;
  descent::Parameter *scale = nullptr, *shift = nullptr;
};
