#pragma once

#include <filesystem>
#include <string>

namespace descent::program {

/// A picture that gnuplot draws. The program is started with its commands in a temporary file; nothing of
/// the user's own settings is read.
struct Drawing {
  /// SVG, PNG or PDF, by its ending; empty: with characters, on standard output.
  std::filesystem::path file = {};
  double width = 0, height = 0;  ///< in points (1/72 inch); on standard output columns and lines
  double font_size = 0;          ///< in points; on standard output there is one size
  /// All but terminal and output. Lengths in points are written as gnuplot_width() and gnuplot_size() do.
  std::string commands = {};
};

/// Throws Error when the file's ending is none of .svg, .png and .pdf.
void require_picture_format(const std::filesystem::path& file);

/// Throws Error, naming the package, when there is no gnuplot, and RunError with what it said when it fails.
/// A file is there whole or not at all.
void draw(const Drawing& drawing);

/// `lw (1.3*LW)`, `ps (3.5*PS)`: the width of a line, and of a point from side to side, in points.
std::string gnuplot_width(double width);
std::string gnuplot_size(double size);

/// A text as gnuplot's commands have it.
std::string gnuplot_text(const std::string& text);

}  // namespace descent::program
