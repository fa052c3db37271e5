#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace descent::bench {

/// Random bytes, as dark as MNIST: four of five are 0. Images that need no download, and make no difference to the clock.
std::vector<std::uint8_t> draw_images(std::int64_t examples, std::int64_t pixels, std::uint64_t seed);

/// Writes grey images of `side` by `side` pixels in the format of MNIST.
void write_idx(const std::filesystem::path& file, const std::vector<std::uint8_t>& images, std::int64_t side);

}  // namespace descent::bench
