#include "sample_picture.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/base/error.hpp"
#include "gnuplot.hpp"
#include "image_grid.hpp"

namespace descent::program {
namespace {

bool is_point(const Shape& shape) {
  return shape.rank() == 1 && shape[0] == 2;
}

void write_grid(const Samples& samples, const std::filesystem::path& file) {
  if (file.extension() != ".png")
    throw Error(fmt::format("'{}': a grid of images is a PNG; let its name end in .png", file.string()));
  ImageStack images;
  images.count = static_cast<std::int64_t>(samples.values.size()) / samples.shape.size();
  images.height = samples.shape[0];
  images.width = samples.shape[1];
  images.channels = samples.shape.rank() == 3 ? samples.shape[2] : 1;
  images.values = samples.values;
  images.minimum = samples.minimum;
  images.maximum = samples.maximum;
  write_image_grid(images, file);
}

void write_scatter(const Samples& samples, const std::string& title, const std::filesystem::path& file) {
  std::string commands = "$points << EOD\n";
  std::array<double, 2> least{INFINITY, INFINITY}, greatest{-INFINITY, -INFINITY};
  for (std::size_t i = 0; i + 1 < samples.values.size(); i += 2) {
    if (!std::isfinite(samples.values[i]) || !std::isfinite(samples.values[i + 1])) continue;
    fmt::format_to(std::back_inserter(commands), "{} {}\n", samples.values[i], samples.values[i + 1]);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      least[axis] = std::min(least[axis], samples.values[i + axis]);
      greatest[axis] = std::max(greatest[axis], samples.values[i + axis]);
    }
  }
  if (least[0] > greatest[0]) throw Error("none of the points is finite: there is nothing to draw");
  // Both axes have one scale, unless that would leave a strip.
  const double width = greatest[0] - least[0], height = greatest[1] - least[1];
  const bool strip = width > 4 * height || height > 4 * width;
  commands += fmt::format(
      "EOD\nset title {}\nset size ratio {}\nset offsets graph 0.05, 0.05, 0.05, 0.05\nset grid lc rgb "
      "'#e0e0e0'\n"
      "plot $points with points pt 7 ps 0.4 lc rgb '#80205090' notitle",
      gnuplot_text(title), strip ? 1 : -1);
  draw({file, 720, 720, commands});
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
                   const std::filesystem::path& file) {
  if (samples.image) return write_grid(samples, file);
  if (!is_point(samples.shape))
    throw Error(fmt::format("'{}' has no picture: it is neither an image nor a point of the plane", field));
  require_picture_format(file);
  write_scatter(samples, title, file);
}

}  // namespace descent::program
