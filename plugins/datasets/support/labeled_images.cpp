#include "labeled_images.hpp"

namespace descent {

void LabeledImages::fill(std::span<const std::int64_t> indices, Batch& batch) const {
  const std::int64_t size = image_size();
  Scalar* out = batch.rows("image").data();
  for (std::size_t i = 0; i < indices.size(); ++i, out += size) {
    // Shuffled images are nowhere near each other: the next one is asked for while this one is converted.
    if (i + 1 < indices.size()) {
      const std::uint8_t* next = pixels.data() + indices[i + 1] * size;
      for (std::int64_t byte = 0; byte < size; byte += 64) __builtin_prefetch(next + byte);
    }
    const std::uint8_t* in = pixels.data() + indices[i] * size;
    for (std::int64_t p = 0; p < size; ++p) out[p] = static_cast<Scalar>(in[p]) * (Scalar(1) / Scalar(255));
  }
  if (labels.empty()) return;
  Scalar* label = batch.rows("label").data();
  for (const std::int64_t index : indices)
    *label++ = static_cast<Scalar>(labels[static_cast<std::size_t>(index)]);
}

Fields image_fields(std::int64_t height, std::int64_t width, std::int64_t classes, std::int64_t channels) {
  Fields fields = {{.name = "image", .shape = {height, width, channels}, .low = 0, .high = 1, .image = true}};
  if (classes > 0)
    fields.push_back({.name = "label",
                      .shape = {},
                      .low = 0,
                      .high = static_cast<double>(classes - 1),
                      .classes = classes});
  return fields;
}

}  // namespace descent
