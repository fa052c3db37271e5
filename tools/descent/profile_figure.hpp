#pragma once

#include <string>

#include "descent/sweep/time_to_target.hpp"
#include "figure.hpp"

namespace descent::program {

/// The share of problems that each optimizer solved over the factor of the fastest's time. Throws Error when nobody solved one.
Figure profile_figure(const sweep::PerformanceProfiles& profiles, sweep::Effort effort,
                      const std::string& sweep, const Limits& factors, const Limits& shares, bool picture);

}  // namespace descent::program
