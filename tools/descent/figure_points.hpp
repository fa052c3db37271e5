#pragma once

#include <string>
#include <vector>

#include "curves.hpp"
#include "data_table.hpp"
#include "descent/sweep/sensitivity_curve.hpp"
#include "descent/sweep/time_to_target.hpp"

namespace descent::program {

/// What is drawn of metrics over the steps, a row for each point of a curve; of several metrics with the column `metric`.
/// `panels`: the curves of each metric.
DataTable points_of(const std::vector<std::string>& metrics, const std::vector<std::vector<Curve>>& panels);

/// The same for people, a row for each curve: where it ends, its extremes, and its course in a few characters.
DataTable summary_of(const std::vector<std::string>& metrics, const std::vector<std::vector<Curve>>& panels);

/// What a figure of sensitivity draws, a row for each setting: the value of `axis`, the median with the
/// quartiles over its seeds, or with `mean` the mean and standard deviation, how many seeds that is, and how
/// many went wrong. A setting of which every seed did has no numbers.
DataTable points_of(const std::vector<sweep::SensitivityCurve>& curves, const std::string& axis, bool mean);

/// What a figure of performance profiles draws: a row for 1 and for each factor at which an optimizer solves
/// more problems, with the share that it has solved there.
DataTable points_of(const sweep::PerformanceProfiles& profiles, sweep::Effort effort);

}  // namespace descent::program
