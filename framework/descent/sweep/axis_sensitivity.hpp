#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/sweep/setting_results.hpp"

namespace descent::sweep {

/// A value of an axis, or a quarter of a range that was drawn from.
struct AxisPart {
  std::string text;          ///< `0.001`, `0.001 to 0.01`
  std::size_t settings = 0;  ///< that have it
  /// The best mean of those of which no run went wrong: what is attainable there.
  std::optional<double> attainable;
};

/// How much depends on one axis when all others are tuned.
struct AxisSensitivity {
  std::string axis;    ///< its path; of axes that are tied, all of them: `model.latent + trainer.batch_size`
  std::string within;  ///< the optimizer, or another section, whose choice has that axis; empty: none
  std::vector<AxisPart> parts;
  /// Share of the variance of the settings' ranks that goes with the part in which they lie, 0 to 1; nothing where it
  /// cannot be told.
  std::optional<double> importance;

  /// The part with the best attainable mean, in the metric's direction; null: none has one.
  DESCENT_API const AxisPart* best(const std::string& direction) const;
  /// From the worst attainable mean to the best; nothing when fewer than two parts have one.
  DESCENT_API std::optional<double> range() const;
  /// Parts whose every setting has a run that went wrong, or none that has ended.
  DESCENT_API std::size_t without_value() const;
};

/// Of every axis with at least two values, inner ones behind the choice that has them. For each value the
/// attainable mean is the best over all settings with that value of which no run went wrong: divergence does
/// not enter the means, but takes values away. A range that was drawn from is cut into quarters of its scale.
///
/// The importance is ε² (Kelley, An unbiased correlation ratio measure, 1935): of the settings that have the axis and have
/// ended, ranked by ranks_before() with equal ones sharing their mean rank, 1 − (variance within parts)/(variance of all),
/// each variance by its degrees of freedom, and 0 where that is negative. Of an axis without influence it is 0 in the mean,
/// whatever the number of parts. Ranks, for an objective that is a thousand times worse at one end would hide all else;
/// settings of which runs went wrong have the last ones. Effects of two axes together are in neither's. A search has tried
/// few settings where it found nothing good: there the importance is that among what was tried.
DESCENT_API std::vector<AxisSensitivity> sensitivities(const FrozenSweep& sweep,
                                                       const std::vector<SettingResult>& settings,
                                                       const std::string& direction);

/// Where a setting lies on the edge of an axis of numbers: a range, or a choice of at least three.
struct AxisEdge {
  std::string axis;
  std::string text;  ///< its value there
  bool upper = false;
};

/// Every edge on which a setting lies; of ranges that were drawn from, the outermost twentieth of the scale.
DESCENT_API std::vector<AxisEdge> edges_of(const SweepSpec& spec, const std::vector<Setting>& settings);

/// What a figure shows on its horizontal axis: one number of every setting.
struct NumericAxis {
  std::string key;  ///< `learning_rate`: the path of an axis, or an end of several
  /// Whether a range among them has the scale log, or choices go over a factor of 50 or more.
  bool logarithmic = false;

  /// The number of a setting; nothing: it has none. Throws Error when it has several.
  DESCENT_API std::optional<double> of(const std::vector<Setting>& settings) const;
};

/// Throws Error that says which there are when no axis has that key, or its values are no numbers.
DESCENT_API NumericAxis numeric_axis(const SweepSpec& spec, const std::string& key);

}  // namespace descent::sweep
