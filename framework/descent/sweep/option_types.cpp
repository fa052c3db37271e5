#include "descent/sweep/option_types.hpp"

#include <algorithm>

#include "descent/experiment/merge.hpp"
#include "descent/sweep/axis_tree.hpp"

namespace descent::sweep {

Diagnostics OptionTypes::diagnostics_with(const std::vector<Setting>& choices, const Axis& axis,
                                          const Value& value) const {
  Diagnostics diagnostics;
  Value content = base_;
  for (const Setting& choice : choices)
    experiment::replace_value(content, choice.path, choice.value, diagnostics);
  experiment::replace_value(content, axis.path, value, diagnostics);
  try {
    experiment::load_experiment(std::move(content), file_, registry_, {}, std::move(diagnostics));
    return {};
  } catch (const Error& error) {
    Diagnostics found;
    found.append(error);
    return found;
  }
}

bool OptionTypes::takes_fractions(const SweepSpec& spec, const Axis& axis) const {
  std::vector<Setting> choices;
  for (const AxisAt& at : all_axes(spec))
    if (at.axis == &axis) choices = at.choices;
  const double least = axis.range->minimum.number();
  const SourceLocation& location = axis.range->minimum.location();
  const Diagnostics of_whole =
      diagnostics_with(choices, axis, Value(Value::of(static_cast<std::int64_t>(least))).at(location));
  const Diagnostics of_fraction = diagnostics_with(choices, axis, Value(Value::of(least + 0.5)).at(location));
  // A limit says nothing of the kind of number.
  return std::all_of(of_fraction.all().begin(), of_fraction.all().end(), [&](const Diagnostic& diagnostic) {
    return diagnostic.code == codes::out_of_range || of_whole.contains(diagnostic);
  });
}

}  // namespace descent::sweep
