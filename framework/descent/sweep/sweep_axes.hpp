#pragma once

#include "descent/config/diagnostics.hpp"
#include "descent/sweep/sweep_spec.hpp"

namespace descent::sweep {

/// Reads `sweep.axes` and `sweep.zip`, each null for none, into `spec`, whose method is known: only a grid's
/// ranges have points. Axes that overlap, and ties that do not fit, are problems. Axes that are wrong are
/// there too.
void read_sweep_axes(const Value* axes, const Value* zip, const TakesFractions& takes_fractions,
                     SweepSpec& spec, Diagnostics& diagnostics);

}  // namespace descent::sweep
