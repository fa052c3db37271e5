#include <png.h>

#include <csetjmp>
#include <cstring>

#include "descent/base/error.hpp"
#include "picture.hpp"

namespace descent {

namespace {

/// Where libpng reads, and what it said when it gave up.
struct Source {
  const std::uint8_t* at;
  std::size_t left;
  char message[128];
};

void give_up(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->message, message, sizeof source->message - 1);
  source->message[sizeof source->message - 1] = '\0';
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep out, png_size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "is cut short");
  std::memcpy(out, source->at, count);
  source->at += count;
  source->left -= count;
}

// Asks for 8 bits of gray or of red, green and blue.
void simplify(png_structp png, png_infop info) {
  if (png_get_bit_depth(png, info) == 16) png_set_scale_16(png);
  const int color = png_get_color_type(png, info);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_alpha(png);
}

// What libpng's jumps pass over has no destructors: `picture` and `rows` are the caller's.
bool decode(png_structp png, png_infop info, Picture& picture, std::vector<png_bytep>& rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  const std::size_t file_size = static_cast<Source*>(png_get_io_ptr(png))->left;
  png_read_info(png, info);
  // Before memory is taken for all pixels: deflate makes at most 1032 bytes of one.
  constexpr std::size_t most_for_a_byte = 1032;
  if (png_get_rowbytes(png, info) * png_get_image_height(png, info) / most_for_a_byte > file_size)
    png_error(png, "is cut short");
  simplify(png, info);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture.height = png_get_image_height(png, info);
  picture.width = png_get_image_width(png, info);
  picture.channels = png_get_channels(png, info);
  constexpr std::int64_t most_pixels = std::int64_t{1} << 28;
  if (picture.height * picture.width > most_pixels) png_error(png, "has more than 2^28 pixels");
  picture.pixels.resize(static_cast<std::size_t>(picture.size()));
  const std::size_t row_size = static_cast<std::size_t>(picture.width * picture.channels);
  if (passes == 1) {
    png_bytep row = picture.pixels.data();
    for (std::int64_t y = 0; y < picture.height; ++y, row += row_size) png_read_row(png, row, nullptr);
  } else {
    rows.resize(static_cast<std::size_t>(picture.height));
    for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = picture.pixels.data() + y * row_size;
    png_read_image(png, rows.data());
  }
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

void decode_png(std::span<const std::uint8_t> file, Picture& picture) {
  Source source{file.data(), file.size(), {}};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, give_up, ignore_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    throw RunError("libpng cannot be started");
  }
  png_set_read_fn(png, &source, read_bytes);
  std::vector<png_bytep> rows;
  const bool decoded = decode(png, info, picture, rows);
  png_destroy_read_struct(&png, &info, nullptr);
  if (decoded) return;
  const bool is_cut = std::strcmp(source.message, "is cut short") == 0;
  throw Error(is_cut ? std::string("is cut short") : std::string("is a broken PNG: ") + source.message);
}

}  // namespace descent
