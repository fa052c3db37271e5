#include "sample_picture.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "descent/base/error.hpp"
#include "figure.hpp"
#include "gnuplot.hpp"
#include "image_grid.hpp"

namespace descent::program {
namespace {

bool is_point(const Shape& shape) {
  return shape.rank() == 1 && shape[0] == 2;
}

ImageStack stack_of(const Samples& samples) {
  ImageStack images;
  images.count = static_cast<std::int64_t>(samples.values.size()) / samples.shape.size();
  images.height = samples.shape[0];
  images.width = samples.shape[1];
  images.channels = samples.shape.rank() == 3 ? samples.shape[2] : 1;
  images.values = samples.values;
  images.minimum = samples.minimum;
  images.maximum = samples.maximum;
  images.columns = samples.columns;
  return images;
}

Panel image_panel(const Samples& samples) {
  constexpr std::int64_t most_pixels = 4'000'000;  // gnuplot reads each as a line of text
  const GridPixels grid = grid_pixels(stack_of(samples));
  if (grid.width * grid.height > most_pixels)
    throw Error(fmt::format(
        "a grid of {} x {} pixels is too large for a picture with text; ask for fewer images, or for a .png "
        "without a title, labels or a size",
        grid.width, grid.height));
  Panel panel;
  panel.same_scale = true;
  panel.bare = true;
  panel.x.include(-0.5), panel.x.include(static_cast<double>(grid.width) - 0.5);
  panel.y.include(-0.5), panel.y.include(static_cast<double>(grid.height) - 0.5);
  panel.data = "$pixels << EOD\n";
  for (std::int64_t y = 0; y < grid.height; ++y)
    for (std::int64_t x = 0; x < grid.width; ++x) {
      const auto at = static_cast<std::size_t>((y * grid.width + x) * grid.channels);
      const std::size_t green = grid.channels == 3 ? at + 1 : at, blue = grid.channels == 3 ? at + 2 : at;
      fmt::format_to(std::back_inserter(panel.data), "{} {} {} {} {}\n", x, grid.height - 1 - y,
                     grid.values[at], grid.values[green], grid.values[blue]);
    }
  panel.data += "EOD\n";
  panel.parts = {"$pixels using 1:2:3:4:5 with rgbimage notitle"};
  return panel;
}

// The classes that points have, in order; one class of no name where nothing is known of them.
std::vector<std::int64_t> classes_in(const Samples& samples) {
  std::vector<std::int64_t> classes = samples.classes;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  if (classes.empty()) classes.push_back(0);
  return classes;
}

Panel scatter_panel(const Samples& samples, const FigureOptions& look) {
  Panel panel;
  const std::vector<std::int64_t> classes = classes_in(samples);
  for (std::size_t c = 0; c < classes.size(); ++c) {
    std::string points;
    for (std::size_t i = 0; 2 * i + 1 < samples.values.size(); ++i) {
      const double x = samples.values[2 * i], y = samples.values[2 * i + 1];
      const bool other = !samples.classes.empty() && samples.classes[i] != classes[c];
      if (other || !std::isfinite(x) || !std::isfinite(y)) continue;
      fmt::format_to(std::back_inserter(points), "{:.6g} {:.6g}\n", x, y);
      panel.x.include(x);
      panel.y.include(y);
    }
    if (points.empty()) continue;
    panel.data += fmt::format("$points{} << EOD\n{}EOD\n", c, points);
    // Drawn upon each other, several points are darker than one.
    panel.parts.push_back(
        fmt::format("$points{} using 1:2 with points pt 7 {} lw 0.01 lc rgb '#80{}' notitle", c,
                    gnuplot_size(dot_size), curve_color(c).substr(1)));
  }
  if (panel.x.is_empty()) throw Error("none of the points is finite: there is nothing to draw");
  // Both axes have one scale, unless that would leave a strip.
  const double width = panel.x.upper() - panel.x.lower(), height = panel.y.upper() - panel.y.lower();
  const bool limited = !(look.x_limits.empty() && look.y_limits.empty());
  panel.same_scale = !limited && !(width > 4 * height || height > 4 * width);
  panel.x.pad(0.05, 0.05);
  panel.y.pad(0.05, 0.05);
  panel.x.limit(limits_of(look.x_limits, "--xlim"));
  panel.y.limit(limits_of(look.y_limits, "--ylim"));
  panel.x_label = "x₁";
  panel.y_label = "x₂";
  return panel;
}

}  // namespace

bool has_picture(const Samples& samples) {
  return samples.image || is_point(samples.shape);
}

Samples samples_of(const Field& field) {
  Samples samples{{}, field.shape, false, field.low, field.high};
  samples.image = field.image && (field.shape[2] == 1 || field.shape[2] == 3);
  return samples;
}

void write_picture(const Samples& samples, const std::string& field, const std::string& title,
                   const FigureOptions& look, const std::filesystem::path& file) {
  require_picture_format(file);
  if (!samples.image && !is_point(samples.shape))
    throw Error(fmt::format("'{}' has no picture: it is neither an image nor a point of the plane", field));
  if (samples.image && file.extension() == ".png" && !any_said(look))
    return write_image_grid(stack_of(samples), file);
  if (samples.image && !(look.x_limits.empty() && look.y_limits.empty()))
    throw Error("--xlim and --ylim are the ends of axes, and images have none");
  Figure figure;
  figure.title = title;
  figure.aspect = 0.92;
  if (!samples.image && !samples.classes.empty()) {
    const std::vector<std::int64_t> classes = classes_in(samples);
    for (std::size_t c = 0; c < classes.size(); ++c)
      figure.explanations.push_back({.text = fmt::format("{} {}", samples.class_name, classes[c]),
                                     .color = curve_color(c),
                                     .point = 7});
  }
  figure.panels.push_back(samples.image ? image_panel(samples) : scatter_panel(samples, look));
  apply(look, figure);
  draw(picture_of(figure, look, file));
}

}  // namespace descent::program
