#pragma once

#include <filesystem>
#include <string>

#include "descent/sweep/time_to_target.hpp"
#include "gnuplot.hpp"

namespace descent::program {

/// The share of problems that each optimizer solved over the factor of the fastest's time. Throws Error when
/// nobody solved one.
Drawing draw_profiles(const sweep::PerformanceProfiles& profiles, sweep::Effort effort,
                      const std::string& sweep, const std::filesystem::path& file);

}  // namespace descent::program
