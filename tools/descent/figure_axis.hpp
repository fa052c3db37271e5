#pragma once

#include <optional>
#include <string>
#include <vector>

namespace descent::program {

/// The ends of an axis that somebody asked for; nothing: as the data are.
struct Limits {
  std::optional<double> lower = {}, upper = {};
};

/// An axis of a figure with limits of its own, and ticks that people write: 10⁻³, not 1e-03.
class FigureAxis {
 public:
  struct Tick {
    double at = 0;
    std::string label = {};  ///< none: a small one
  };

  /// `name` is gnuplot's: `x` or `y`.
  FigureAxis(char name, bool logarithmic) : name_(name), logarithmic_(logarithmic) {}

  /// Widens it, so that this number is on it; what a logarithmic axis cannot show is left out.
  void include(double number);
  bool is_empty() const { return lower_ > upper_; }
  bool is_logarithmic() const { return logarithmic_; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether a number lies between the ends.
  bool shows(double number) const { return number >= lower_ && number <= upper_; }

  /// The number at `share` of the way, which may lie outside of 0 to 1.
  double at(double share) const;
  /// Where a number lies: 0 at the lower end, 1 at the upper one.
  double share_of(double number) const;
  /// Adds these shares of its length at its ends.
  void pad(double below, double above);
  /// Moves the ends. Throws Error when nothing is between them, or a logarithmic axis cannot show them.
  void limit(const Limits& limits);
  /// Ticks of its own, instead of those that it finds.
  void set_ticks(std::vector<Tick> ticks) { own_ticks_ = std::move(ticks); }

  /// About `most` labeled ones, and small ones between those of a logarithmic axis. `unicode`: superscripts can be shown.
  std::vector<Tick> ticks(bool unicode, double most = usual_ticks) const;
  /// gnuplot's commands for scale, limits and ticks, whose labels may be left to somebody else.
  std::string commands(bool unicode, double most = usual_ticks, bool labels = true) const;

 private:
  static constexpr double usual_ticks = 7;

  std::vector<Tick> linear_ticks(bool unicode, double most) const;
  std::vector<Tick> logarithmic_ticks(bool unicode, double most) const;

  char name_;
  bool logarithmic_;
  double lower_ = 1, upper_ = 0;
  std::vector<Tick> own_ticks_ = {};
};

}  // namespace descent::program
