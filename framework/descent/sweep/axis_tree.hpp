#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/sweep/plan.hpp"

/// The axes of a sweep with those within their choices. Internal.
namespace descent::sweep {

/// An axis where it stands.
struct AxisAt {
  const Axis* axis = nullptr;
  /// The choices on the way to it, the outermost first; none: it stands under `sweep.axes` itself.
  std::vector<Setting> choices;

  /// Whether the choices on the way to it are those of a setting.
  bool is_reached_by(const std::vector<Setting>& settings) const;
  /// Its value in a setting; null: there another choice was made.
  const Value* value_in(const std::vector<Setting>& settings) const;
  /// What the choice is called: `adam`, `model=vae`; empty: it stands within none.
  std::string within() const;
};

/// Outer ones before inner ones. They point into `spec`.
std::vector<AxisAt> all_axes(const SweepSpec& spec);

/// Axes that move together: those of one `zip`, or one alone. They point into `spec`.
std::vector<std::vector<const Axis*>> tied_axes(const SweepSpec& spec);

/// What people call a value of an axis: a section by its plugin and what else it sets, as folders do.
std::string value_name(const std::string& path, const Value& value);

/// The same text for the same value of an axis, however it was written.
std::string setting_text(const Value& value);

/// Where a number lies between a range's ends, measured on its scale: 0 to 1.
double share_of(const AxisRange& range, double number);

}  // namespace descent::sweep
