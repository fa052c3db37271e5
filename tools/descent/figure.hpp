#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "figure_axis.hpp"
#include "figure_options.hpp"
#include "gnuplot.hpp"

namespace descent::program {

/// One pair of axes with what is drawn between them.
struct Panel {
  /// Where a curve ends, for its label beside it.
  struct End {
    std::size_t curve;  ///< of Figure::curves
    double x, y;
  };
  std::string x_label = {}, y_label = {};
  FigureAxis x{'x', false}, y{'y', false};
  std::string data = {};                ///< gnuplot's data blocks
  std::string decoration = {};          ///< commands for this panel alone
  std::vector<std::string> parts = {};  ///< what gnuplot plots, in this order
  std::vector<End> ends = {};           ///< one for each curve of it; fewer: the curves need a legend
  bool same_scale = false;              ///< a unit is as long on both axes
  bool bare = false;                    ///< without axes
  FigureAxis shades{'c', false};  ///< from white to dark, with a bar beside the panel; empty: there are none
  std::string shades_label = {};
};

/// What stands before a text of the legend.
struct LegendEntry {
  std::string text;
  std::string color = {};
  std::string dash = "1";
  bool line = false;
  int point = 0;  ///< gnuplot's number of a shape; 0: none
  bool hollow = false;
};

/// gnuplot has as many characters for the lines of a terminal.
inline constexpr std::size_t most_terminal_curves = 7;

/// Panels side by side under a title, with a legend that covers none of them.
struct Figure {
  std::string title = {}, subtitle = {};
  std::vector<Panel> panels = {};
  double aspect = 0.62;  ///< height of a panel with its labels, by its width, where no size is said
  std::vector<LegendEntry> curves = {};  ///< labeled beside their ends where that fits, else in the legend
  std::vector<LegendEntry> explanations = {};  ///< always in the legend: what hollow and crossed points mean
};

/// The legend's entry of the i-th curve.
LegendEntry entry_of_curve(std::size_t index, const std::string& text, bool line = true, bool point = true);

/// The figure with the title, labels and names that the user asked for; the ends of axes are the panels' own business. Throws
/// Error for names that are not there.
void apply(const FigureOptions& options, Figure& figure);

/// A picture. Throws Error where its size leaves no room for the panels.
Drawing picture_of(const Figure& figure, const FigureOptions& options, const std::filesystem::path& file);

/// Prints every panel with characters, and the legend below. `parts` are drawn with gnuplot's line types.
void print_figure(const Figure& figure);

}  // namespace descent::program
