#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace descent {

/// A place in the plane: x to the right, y down.
struct Place2 {
  double x = 0;
  double y = 0;
};

/// A line through these places, one after the other.
using Stroke = std::vector<Place2>;

/// Part of an ellipse around `center` as a stroke. Angles in degrees, 0 to the right, 90 down.
Stroke arc(Place2 center, double radius_x, double radius_y, double from, double to);

/// Takes x to matrix·x + shift.
struct AffineMap {
  double xx = 1, xy = 0, yx = 0, yy = 1;
  Place2 shift;
  Place2 operator()(Place2 p) const { return {xx * p.x + xy * p.y + shift.x, yx * p.x + yy * p.y + shift.y}; }
};

/// Draws the strokes, moved by `map` into units of pixels, into an image (height, width) that is 0 before,
/// with a round pen of this radius in pixels: 255 inside, 0 outside, and in between over the one pixel of the
/// edge.
void draw(std::span<const Stroke> strokes, const AffineMap& map, double pen_radius, std::int64_t height,
          std::int64_t width, std::uint8_t* image);

}  // namespace descent
