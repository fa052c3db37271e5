#include <csetjmp>
#include <cstddef>
#include <cstdio>
// After what it needs and does not include.
#include <jerror.h>
#include <jpeglib.h>

#include "descent/base/error.hpp"
#include "picture.hpp"

namespace descent {

namespace {

/// libjpeg's errors, with where to go on and what was said.
struct Errors {
  jpeg_error_mgr manager;  // first: libjpeg hands on a pointer to it
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

void give_up(j_common_ptr jpeg) {
  auto* errors = reinterpret_cast<Errors*>(jpeg->err);
  (*jpeg->err->format_message)(jpeg, errors->message);
  std::longjmp(errors->back, 1);
}

// Data that end too early or make no sense are warnings to libjpeg, which fills the rest with gray.
void hear(j_common_ptr jpeg, int level) {
  const int code = jpeg->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
    give_up(jpeg);
}

// Why a JPEG cannot hold the pixels that its header announces; libjpeg would allocate memory for all of them. Unless the coding is
// arithmetic, each block of 8×8 pixels takes at least one bit.
const char* implausibility(const jpeg_decompress_struct& jpeg, std::size_t file_bytes) {
  constexpr std::uint64_t most_pixels = std::uint64_t{1} << 28, most_for_a_byte = 1024;
  const std::uint64_t pixels = std::uint64_t{jpeg.image_width} * jpeg.image_height;
  if (pixels > most_pixels) return "it has more than 2^28 pixels";
  if (jpeg.arith_code == FALSE && pixels / most_for_a_byte > file_bytes) return "it is cut short";
  return nullptr;
}

// What libjpeg's jumps pass over has no destructors: `picture` is the caller's.
bool decode(jpeg_decompress_struct& jpeg, Errors& errors, std::span<const std::uint8_t> file,
            Picture& picture) {
  if (setjmp(errors.back) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, file.data(), file.size());
  jpeg_read_header(&jpeg, TRUE);
  if (const char* problem = implausibility(jpeg, file.size())) {
    std::snprintf(errors.message, sizeof errors.message, "%s", problem);
    return false;
  }
  jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  picture.height = jpeg.output_height;
  picture.width = jpeg.output_width;
  picture.channels = jpeg.output_components;
  picture.pixels.resize(static_cast<std::size_t>(picture.size()));
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = picture.pixels.data() + static_cast<std::size_t>(jpeg.output_scanline) *
                                               static_cast<std::size_t>(picture.width * picture.channels);
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

}  // namespace

void decode_jpeg(std::span<const std::uint8_t> file, Picture& picture) {
  jpeg_decompress_struct jpeg{};
  Errors errors{};
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = hear;
  const bool decoded = decode(jpeg, errors, file, picture);
  jpeg_destroy_decompress(&jpeg);
  if (decoded) return;
  if (errors.manager.msg_code == JERR_CONVERSION_NOTIMPL)
    throw Error("is a JPEG of neither gray nor RGB, such as CMYK; convert it");
  throw Error(std::string("is a broken JPEG: ") + errors.message);
}

}  // namespace descent
