#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/plugin/data.hpp"
#include "descent/tensor/shape.hpp"
#include "figure_options.hpp"

namespace descent::program {

/// Examples of one field.
struct Samples {
  std::vector<double> values;  ///< (count, …)
  Shape shape;  ///< of one of them; images are (height, width, channels), in old logs (height, width)
  bool image = false;
  /// The range of an image's values; equal ends: unknown.
  double minimum = 0, maximum = 0;
  std::int64_t columns = 0;  ///< of a grid of images; 0: about as many as rows
  /// The class of each, by which points are colored, and what the legend calls classes; empty: they have none.
  std::vector<std::int64_t> classes = {};
  std::string class_name = {};
};

/// Whether a picture can be made of them: they are images, or points of the plane.
bool has_picture(const Samples& samples);

/// The shape that a field's examples have in a file, and whether they are images; no values.
Samples samples_of(const Field& field);

/// A grid of images, or a scatter plot of points: PNG, SVG or PDF. A PNG of images whose looks nobody asked for is the
/// images' own pixels and nothing else. Throws Error when they are neither, or the file's ending is none of these; `field` is
/// what messages call them, `title` is above the picture unless `look` has another.
void write_picture(const Samples& samples, const std::string& field, const std::string& title,
                   const FigureOptions& look, const std::filesystem::path& file);

}  // namespace descent::program
