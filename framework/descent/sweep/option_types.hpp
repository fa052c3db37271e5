#pragma once

#include <filesystem>

#include "descent/sweep/plan.hpp"

namespace descent::sweep {

/// Knows what numbers the options of an experiment take, by the readers of the experiment themselves: those of sections,
/// of plugins' options at any depth, of schedules. Internal.
class OptionTypes {
 public:
  /// `base`: the experiment that the axes vary. All three must live as long.
  OptionTypes(const Value& base, const std::filesystem::path& file, Registry& registry)
      : base_(base), file_(file), registry_(registry) {}

  /// Whether the option at an axis, with the choices in which it stands, takes a number with a fraction that lies between
  /// the axis' ends. True for an option that is not there.
  bool takes_fractions(const SweepSpec& spec, const Axis& axis) const;

 private:
  /// What is wrong with the experiment when the axis has this value.
  Diagnostics diagnostics_with(const std::vector<Setting>& choices, const Axis& axis,
                               const Value& value) const;

  const Value& base_;
  const std::filesystem::path& file_;
  Registry& registry_;
};

}  // namespace descent::sweep
