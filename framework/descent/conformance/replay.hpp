#pragma once

#include <filesystem>

#include "descent/conformance/suite.hpp"

namespace descent::conformance {

/// The tolerance of replay() where none is given: rounding allows no less in float.
inline constexpr double replay_tolerance = sizeof(Scalar) == sizeof(double) ? 1e-6 : 1e-5;

/// Hands a rule the gradients of a trace that another implementation was recorded with
/// (tools/python/record_trace.py), and compares the parameters' values after every step with the recorded
/// ones: they agree where |here − there| <= tolerance · max(1, |there|). In float builds start, gradients and
/// the recorded values are rounded to float first.
///
/// A trace is a .npz file that holds for every parameter NAME
///
/// | array | shape | |
/// |---|---|---|
/// | `NAME/start` | the parameter's | its value before the first step |
/// | `NAME/gradient` | (steps, …) | what the optimizer was given in each step |
/// | `NAME/value` | (steps, …) | its value after each step |
/// | `NAME/update` | (steps, …) | value before − value after; for the reader, not compared |
///
/// The rule is alone in its chain, all parameters are of one group and one player, and those that it refuses
/// are left out. A rule that asks for a second gradient cannot be replayed: that and what is wrong with the
/// trace are an Error. The finding names the first step and element that deviate, with both values.
DESCENT_API Finding replay(const Subject& subject, const std::filesystem::path& trace,
                           double tolerance = replay_tolerance);

}  // namespace descent::conformance
