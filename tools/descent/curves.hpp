#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace descent::program {

/// One metric of one run.
struct RunCurve {
  std::filesystem::path run;
  std::vector<std::int64_t> steps;  ///< ascending
  std::vector<double> values;
  bool diverged = false;
};

/// What is drawn: a line, and around it a band unless lower and upper are empty.
struct Curve {
  std::string name;  ///< in the legend
  std::vector<std::int64_t> steps;
  std::vector<double> middle, lower, upper;
  std::size_t runs = 1;   ///< that it is the mean of
  std::size_t style = 0;  ///< which color and which points it has
  bool diverged = false;  ///< it ends where a run diverged
};

enum class Band { extremes, standard_deviation };

/// The mean of `rows` rows around each one, of fewer at the ends. What is not finite stays so, and is left out of the means.
std::vector<double> running_mean(const std::vector<double>& values, std::size_t rows);

Curve single_curve(const RunCurve& run, const std::string& name);

/// Mean and band over the steps at which every run has a finite value; adds to `notes` if it ends before the
/// longest run, and why. Without steps where there are none; without a band of one run.
Curve band_curve(const std::vector<const RunCurve*>& runs, const std::string& name, Band band,
                 std::vector<std::string>& notes);

/// The last row with a finite value; nothing when there is none.
std::optional<std::size_t> last_finite_row(const Curve& curve);

}  // namespace descent::program
