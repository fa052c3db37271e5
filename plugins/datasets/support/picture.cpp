#include "picture.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent {

void decode_picture(std::span<const std::uint8_t> file, Picture& picture) {
  constexpr std::uint8_t png[] = {0x89, 'P', 'N', 'G'}, jpeg[] = {0xff, 0xd8, 0xff};
  const auto begins_with = [&](std::span<const std::uint8_t> magic) {
    return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
  };
  if (begins_with(png)) return decode_png(file, picture);
  if (begins_with(jpeg)) return decode_jpeg(file, picture);
  throw Error(file.empty() ? "is empty" : "is neither a PNG nor a JPEG");
}

void convert_channels(Picture& picture, std::int64_t channels) {
  if (picture.channels == channels) return;
  const std::size_t count = static_cast<std::size_t>(picture.height * picture.width);
  std::vector<std::uint8_t> converted(count * static_cast<std::size_t>(channels));
  const std::uint8_t* in = picture.pixels.data();
  if (channels == 1) {
    for (std::size_t p = 0; p < count; ++p, in += 3)
      converted[p] =
          static_cast<std::uint8_t>((in[0] * 19595U + in[1] * 38470U + in[2] * 7471U + 0x8000U) >> 16);
  } else {
    for (std::size_t p = 0; p < count; ++p)
      std::fill_n(converted.begin() + static_cast<std::ptrdiff_t>(3 * p), 3, in[p]);
  }
  picture.pixels = std::move(converted);
  picture.channels = channels;
}

namespace {

constexpr int precision = 32 - 8 - 2;  // bits after the point, as in PIL's Resample.c

/// What a new pixel is made of along one axis: `count` old ones from `first` on, with these weights.
struct Span {
  std::int64_t first, count;
};
struct Weights {
  std::vector<Span> spans;
  std::vector<std::int32_t> weights;  // `support` for each new pixel
  std::int64_t support = 0;
};

// The triangle filter, as wide as a new pixel where the picture becomes smaller.
Weights triangle(std::int64_t in, std::int64_t out) {
  const double scale = static_cast<double>(in) / static_cast<double>(out),
               filter_scale = std::max(scale, 1.0);
  Weights result;
  result.support = static_cast<std::int64_t>(std::ceil(filter_scale)) * 2 + 1;
  result.weights.assign(static_cast<std::size_t>(out * result.support), 0);
  std::vector<double> shares(static_cast<std::size_t>(result.support));
  for (std::int64_t x = 0; x < out; ++x) {
    const double center = (static_cast<double>(x) + 0.5) * scale;
    const auto first =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(center - filter_scale + 0.5)));
    const auto end = std::min(in, static_cast<std::int64_t>(std::floor(center + filter_scale + 0.5)));
    double sum = 0;
    for (std::int64_t i = 0; i < end - first; ++i) {
      const double distance =
          std::abs((static_cast<double>(i + first) - center + 0.5) * (1.0 / filter_scale));
      shares[static_cast<std::size_t>(i)] = distance < 1 ? 1 - distance : 0;
      sum += shares[static_cast<std::size_t>(i)];
    }
    for (std::int64_t i = 0; i < end - first; ++i)
      result.weights[static_cast<std::size_t>(x * result.support + i)] = static_cast<std::int32_t>(
          std::floor(0.5 + shares[static_cast<std::size_t>(i)] / sum * (1 << precision)));
    result.spans.push_back({first, end - first});
  }
  return result;
}

std::uint8_t clipped(std::int64_t sum) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> precision, 0, 255));
}

}  // namespace

Picture resized(const Picture& picture, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = picture.channels;
  const Weights across = triangle(picture.width, width), down = triangle(picture.height, height);
  Picture narrow{picture.height, width, channels, {}};
  narrow.pixels.resize(static_cast<std::size_t>(narrow.size()));
  std::uint8_t* out = narrow.pixels.data();
  for (std::int64_t y = 0; y < picture.height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c) {
        const Span span = across.spans[static_cast<std::size_t>(x)];
        const std::uint8_t* in = picture.pixels.data() + (y * picture.width + span.first) * channels + c;
        std::int64_t sum = 1 << (precision - 1);
        for (std::int64_t i = 0; i < span.count; ++i)
          sum += in[i * channels] * across.weights[static_cast<std::size_t>(x * across.support + i)];
        *out++ = clipped(sum);
      }
  if (height == picture.height) return narrow;
  Picture result{height, width, channels, {}};
  result.pixels.resize(static_cast<std::size_t>(result.size()));
  out = result.pixels.data();
  const std::int64_t row = width * channels;
  for (std::int64_t y = 0; y < height; ++y) {
    const Span span = down.spans[static_cast<std::size_t>(y)];
    for (std::int64_t x = 0; x < row; ++x) {
      const std::uint8_t* in = narrow.pixels.data() + span.first * row + x;
      std::int64_t sum = 1 << (precision - 1);
      for (std::int64_t i = 0; i < span.count; ++i)
        sum += in[i * row] * down.weights[static_cast<std::size_t>(y * down.support + i)];
      *out++ = clipped(sum);
    }
  }
  return result;
}

Picture resized_and_cropped(const Picture& picture, std::int64_t height, std::int64_t width) {
  // Of the two sides the one that must be scaled most gets its size, and the other its share of it, rounded down.
  const bool by_height = picture.height * width <= picture.width * height;
  const std::int64_t tall = by_height ? height : std::max(height, picture.height * width / picture.width);
  const std::int64_t wide = by_height ? std::max(width, picture.width * height / picture.height) : width;
  const Picture whole = resized(picture, tall, wide);
  Picture middle{height, width, picture.channels, {}};
  // Python's round(): halves to the even number.
  const auto half = [](std::int64_t rest) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(rest) / 2));
  };
  const std::int64_t top = half(tall - height), left = half(wide - width);
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = whole.pixels.begin() + ((top + y) * wide + left) * picture.channels;
    middle.pixels.insert(middle.pixels.end(), row, row + width * picture.channels);
  }
  return middle;
}

}  // namespace descent
