#pragma once

#include <cstddef>
#include <string>

/// The look of every figure. All lengths are in points, 1/72 inch.
namespace descent::program {

inline constexpr double points_per_inch = 72;
inline constexpr double points_per_centimeter = points_per_inch / 2.54;

/// The family of all texts: programs embed or substitute the system's own.
inline constexpr const char* figure_font = "sans-serif";
inline constexpr double figure_font_size = 8;
/// Of curves, of thin lines (leaders, edges of bands, bars), and of the frame.
inline constexpr double curve_width = 1.3, thin_width = 0.6, frame_width = 0.5;
/// Of a curve's points, from side to side.
inline constexpr double point_size = 3.4, hollow_size = 3.8, cross_size = 4.2;
/// Of the points of a scatter plot.
inline constexpr double dot_size = 1.9;
inline constexpr const char* text_color = "#222222";
inline constexpr const char* subtitle_color = "#555555";
inline constexpr const char* frame_color = "#555555";
inline constexpr const char* grid_color = "#e4e4e4";
/// Share of a band's color that covers what is below it.
inline constexpr double band_opacity = 0.18;

/// `#0072B2`: the color of the i-th of ten curves, then again from the first. The first six are those of Okabe and Ito, Color
/// universal design, 2008, without yellow and black; the others are the dark ones farthest from all before. Any two differ by
/// at least 10 in CIEDE2000, to normal sight and to the three kinds of dichromacy.
std::string curve_color(std::size_t index);
/// gnuplot's number of a filled shape for the i-th curve; one less is the same shape, hollow. There are six.
int curve_shape(std::size_t index);
/// gnuplot's dash type for the i-th curve: solid for the first ten, another one for each ten more.
std::string curve_dash(std::size_t index);
/// `lc rgb '#0072B2' dt 1 lw (1.3*LW)`: how gnuplot draws the i-th curve.
std::string curve_line(std::size_t index);

/// How wide a text is, in units of the font's size; as wide as in DejaVu Sans, the widest of the usual fonts.
double text_width(const std::string& text);
/// The text with its middle replaced by `…`, where it is wider than `width` (in units of the font's size).
std::string shortened_in_the_middle(const std::string& text, double width);

}  // namespace descent::program
