#include "drawn_images.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/base/random.hpp"

namespace descent::bench {

std::vector<std::uint8_t> draw_images(std::int64_t examples, std::int64_t pixels, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(examples * pixels));
  std::vector<std::int64_t> numbers(bytes.size() / 16);
  RandomStream random(stream_key(seed, "images"));
  for (std::size_t begin = 0; begin < bytes.size(); begin += numbers.size()) {
    const std::size_t count = std::min(numbers.size(), bytes.size() - begin);
    random.below(5 * 256, numbers.data(), static_cast<long>(count));
    for (std::size_t i = 0; i < count; ++i)
      bytes[begin + i] = static_cast<std::uint8_t>(std::max<std::int64_t>(numbers[i] - 4 * 256, 0));
  }
  return bytes;
}

void write_idx(const std::filesystem::path& file, const std::vector<std::uint8_t>& images,
               std::int64_t side) {
  const auto extent = static_cast<std::uint32_t>(side);
  const auto examples = static_cast<std::uint32_t>(images.size()) / (extent * extent);
  std::ofstream out(file, std::ios::binary);
  for (const std::uint32_t word : std::array<std::uint32_t, 4>{0x803, examples, extent, extent})
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(word >> shift));
  out.write(reinterpret_cast<const char*>(images.data()), std::ssize(images));
  if (!out.flush()) throw RunError("cannot write the images to " + file.string());
}

}  // namespace descent::bench
