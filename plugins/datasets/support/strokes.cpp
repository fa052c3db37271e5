#include "strokes.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace descent {

Stroke arc(Place2 center, double radius_x, double radius_y, double from, double to) {
  constexpr double degrees_per_piece = 20;
  const int pieces = std::max(1, static_cast<int>(std::ceil(std::abs(to - from) / degrees_per_piece)));
  Stroke stroke;
  for (int i = 0; i <= pieces; ++i) {
    const double angle = (from + (to - from) * i / pieces) * std::numbers::pi / 180;
    stroke.push_back({center.x + radius_x * std::cos(angle), center.y + radius_y * std::sin(angle)});
  }
  return stroke;
}

namespace {

/// From p to the nearest place between a and b.
double distance_to_piece(Place2 p, Place2 a, Place2 b) {
  const Place2 along{b.x - a.x, b.y - a.y};
  const Place2 to{p.x - a.x, p.y - a.y};
  const double length_squared = along.x * along.x + along.y * along.y;
  const double t =
      length_squared > 0 ? std::clamp((along.x * to.x + along.y * to.y) / length_squared, 0.0, 1.0) : 0.0;
  const double dx = to.x - t * along.x, dy = to.y - t * along.y;
  return std::sqrt(dx * dx + dy * dy);
}

/// Only the pixels that the pen can reach are looked at.
void draw_piece(Place2 a, Place2 b, double pen_radius, std::int64_t height, std::int64_t width,
                std::uint8_t* image) {  // NOLINT(readability-non-const-parameter): a lambda writes it
  const double reach = pen_radius + 0.5;
  const auto pixel = [](double x, std::int64_t end) {
    return static_cast<std::int64_t>(std::clamp(std::floor(x), 0.0, static_cast<double>(end - 1)));
  };
  const std::int64_t top = pixel(std::min(a.y, b.y) - reach, height);
  const std::int64_t bottom = pixel(std::max(a.y, b.y) + reach, height);
  const std::int64_t left = pixel(std::min(a.x, b.x) - reach, width);
  const std::int64_t right = pixel(std::max(a.x, b.x) + reach, width);
  for (std::int64_t y = top; y <= bottom; ++y) {
    for (std::int64_t x = left; x <= right; ++x) {
      const Place2 middle{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
      const double ink = std::clamp(reach - distance_to_piece(middle, a, b), 0.0, 1.0);
      std::uint8_t& shade = image[y * width + x];
      shade = std::max(shade, static_cast<std::uint8_t>(std::lround(255 * ink)));
    }
  }
}

}  // namespace

void draw(std::span<const Stroke> strokes, const AffineMap& map, double pen_radius, std::int64_t height,
          std::int64_t width, std::uint8_t* image) {
  for (const Stroke& stroke : strokes)
    for (std::size_t i = 1; i < stroke.size(); ++i)
      draw_piece(map(stroke[i - 1]), map(stroke[i]), pen_radius, height, width, image);
}

}  // namespace descent
