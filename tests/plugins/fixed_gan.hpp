#pragma once

#include <fmt/format.h>

#include <memory>
#include <numeric>
#include <string>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"
#include "support/sine_fill.hpp"

namespace descent::testing {

/// Rows as an experiment says them.
inline std::string rows_text(const Tensor& rows) {
  std::string text;
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    std::string row;
    for (std::int64_t j = 0; j < rows.columns(); ++j)
      row +=
          fmt::format("{}{}", j == 0 ? "" : ", ", static_cast<double>(rows.data()[i * rows.columns() + j]));
    text += fmt::format("{}[{}]", i == 0 ? "" : ", ", row);
  }
  return "[" + text + "]";
}

/// A game of `losses` on these data and samples, both (rows, n), with this network as discriminator, played by
/// simultaneous gradient steps of this rate.
inline std::unique_ptr<train::Training> fixed_gan(const std::string& losses, const Tensor& data,
                                                  const Tensor& samples, const std::string& discriminator,
                                                  double rate = 0.1) {
  return training_of(
      fmt::format("dataset: {{plugin: test_rows, rows: {}}}\n"
                  "model: {{plugin: test_fixed_gan, samples: {}, discriminator: {}}}\n"
                  "loss: {}\noptimizer: {{plugin: sgd, learning_rate: {}}}\n"
                  "trainer: {{steps: 100000, batch_size: {}, turns: simultaneous}}\n",
                  rows_text(data), rows_text(samples), discriminator, losses, rate, data.rows()));
}

/// D(x) = x·(1, 1, …).
inline const std::string sum_of_numbers =
    "{layers: [{linear: {outputs: output, bias: false}}], initializer: {constant: 1}}";

/// All data in their order.
inline Batch whole_batch(const train::Training& training) {
  Batch batch(training.fields(), training.dataset()->size(Split::train).value());
  std::vector<std::int64_t> indices(static_cast<std::size_t>(batch.size()));
  std::iota(indices.begin(), indices.end(), 0);
  training.dataset()->fill(Split::train, indices, batch);
  return batch;
}

/// Rewrites a parameter. Throws std::out_of_range when there is none of this name.
inline void set_parameter(train::Training& training, const std::string& name, const Tensor& value) {
  for (const auto& candidate : training.registrar().parameters()) {
    if (candidate->name != name) continue;
    candidate->value.copy_from(value);
    return candidate->value.mark_written();
  }
  throw std::out_of_range("no parameter " + name);
}

}  // namespace descent::testing
