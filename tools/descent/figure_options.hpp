#pragma once

#include <string>
#include <vector>

#include "figure_axis.hpp"
#include "figure_style.hpp"

namespace descent::program {

class Command;

/// What a user says about a figure's looks.
struct FigureOptions {
  std::vector<std::string> title = {};  ///< the last one counts; empty: none
  std::vector<std::string> x_labels = {},
                           y_labels = {};    ///< of the panels, in their order; the last is of all others too
  std::vector<std::string> labels = {};      ///< `OLD=NEW`
  std::string x_limits = {}, y_limits = {};  ///< `0:100`
  std::string size = {};                     ///< `8x6cm`
  double font_size = figure_font_size;       ///< in points
};

/// `--title`, `--xlabel`, `--ylabel`, `--xlim`, `--ylim`, `--size`, `--font-size`; and `--label` where there are curves.
void add_figure_options(Command& command, FigureOptions& options, bool has_curves);

/// Whether anything but the usual was asked for.
bool any_said(const FigureOptions& options);

/// `0:100`, `:100`, `0:`. Throws Error that names the option.
Limits limits_of(const std::string& text, const std::string& option);

struct FigureSize {
  double width, height;  ///< in points
};
/// `8x6cm`, `80x60mm`, `3.3x2.5in`, `240x180pt`, `640x480px` (96 to an inch). Throws Error when it is none of these, or no
/// figure has room in it.
FigureSize size_of(const std::string& text);

/// Replaces texts by what `--label` says. Throws Error for one that is not there, with those that are.
std::vector<std::string> renamed(std::vector<std::string> texts, const std::vector<std::string>& labels);

}  // namespace descent::program
