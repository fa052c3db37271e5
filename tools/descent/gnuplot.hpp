#pragma once

#include <filesystem>
#include <string>

namespace descent::program {

/// A picture that gnuplot draws. The program is started with its commands in a temporary file; nothing of
/// the user's own settings is read.
struct Drawing {
  /// SVG, PNG or PDF, by its ending; empty: with characters, on standard output.
  std::filesystem::path file = {};
  int width = 900, height = 540;  ///< pixels; on standard output columns and lines
  std::string commands;           ///< all but terminal and output
};

/// Throws Error when the file's ending is none of .svg, .png and .pdf.
void require_picture_format(const std::filesystem::path& file);

/// Throws Error, naming the package, when there is no gnuplot, and RunError with what it said when it fails.
/// A file is there whole or not at all.
void draw(const Drawing& drawing);

/// A text as gnuplot's commands have it.
std::string gnuplot_text(const std::string& text);

}  // namespace descent::program
