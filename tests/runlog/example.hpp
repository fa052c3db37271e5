#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/runlog/log_writer.hpp"
#include "support/files.hpp"

namespace descent {

/// A log of every kind of thing: two metric sets, two tensors, a histogram, samples and images.
runlog::LogSchema example_schema();

/// The numbers that write_example() writes.
double example_loss(std::int64_t step);
std::vector<Scalar> example_weight(std::int64_t step);        // (3, 4)
std::vector<std::int64_t> example_counts(std::int64_t step);  // 8 bins

/// Appends `steps` training rows (step 1 to `steps`), and a row of the validation set and a snapshot of every
/// series each tenth step.
void append_example(runlog::LogWriter& log, std::int64_t first_step, std::int64_t steps);

/// A finished log.
void write_example(const std::filesystem::path& directory, std::int64_t steps);

}  // namespace descent
