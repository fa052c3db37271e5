#pragma once

#include <string>

namespace descent::program {

/// An axis of a figure with limits of its own, and ticks that people write: 10⁻³, not 1e-03.
class FigureAxis {
 public:
  /// `name` is gnuplot's: `x` or `y`.
  FigureAxis(char name, bool logarithmic) : name_(name), logarithmic_(logarithmic) {}

  /// Widens it, so that this number is on it; what a logarithmic axis cannot show is left out.
  void include(double number);
  bool is_empty() const { return lower_ > upper_; }
  bool is_logarithmic() const { return logarithmic_; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }

  /// The number at `share` of the way, which may lie outside of 0 to 1.
  double at(double share) const;
  /// Adds these shares of its length at its ends.
  void pad(double below, double above);
  /// gnuplot's commands for scale, limits and ticks. `unicode`: superscripts can be shown.
  std::string commands(bool unicode) const;

 private:
  std::string ticks(bool unicode) const;

  char name_;
  bool logarithmic_;
  double lower_ = 1, upper_ = 0;
};

/// `#0072B2`: of the i-th curve, told apart by people who do not see all colors too (Okabe, Ito, Color
/// universal design, 2008), and on white.
std::string curve_color(std::size_t index);
/// gnuplot's number of a filled shape for the i-th curve; one less is the same shape, hollow.
int curve_shape(std::size_t index);

}  // namespace descent::program
