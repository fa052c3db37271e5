#pragma once

#include <descent/plugin/play.hpp>

/// Where a gradient penalty looks at the discriminator, by numbers from the stream `stream`. Points keep their history: what
/// looks at all players' gradients, such as consensus, needs it.

/// t·x + (1 − t)·G(z), with one t from U(0, 1) for each example, or, packed, for each pack. Gulrajani et al., Improved
/// Training of Wasserstein GANs, 2017, algorithm 1.
inline descent::Values between_data_and_samples(const descent::AdversarialPlay& play, std::int64_t packing,
                                                const char* stream, descent::Context& context) {
  const std::int64_t batch = play.z.shape()[0];
  const std::int64_t packs = (batch + packing - 1) / packing;
  const auto t = slice_batch(repeat_rows(context.uniform(stream, {packs, 1}), packing), 0, batch);
  descent::Values points;
  for (std::size_t i = 0; i < play.real.size(); ++i) {
    const descent::Shape& shape = play.real[i].shape();
    const descent::Shape rows{batch, shape.row_size()};
    const auto real = reshape(play.real[i], rows), fake = reshape(play.fake[i], rows);
    points.append(reshape(fake + t * (real - fake), shape));
  }
  return points;
}

/// x + δ with normal δ, whose deviation is half of that of the batch's numbers, field by field: the one of the authors'
/// code. Kodali et al., On Convergence and Stability of GANs, 2017, algorithm 1.
inline descent::Values around_data(const descent::Values& real, const char* stream,
                                   descent::Context& context) {
  descent::Values points;
  for (const auto& field : real) {
    const auto deviation = sqrt(mean(square(field - mean(field))));
    const auto noise = context.normal(stream, field.shape());
    points.append(field + noise * deviation * 0.5);
  }
  return points;
}
