#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <vector>

#include "descent/base/file.hpp"
#include "descent/base/random.hpp"
#include "descent/base/temporary_folder.hpp"
#include "descent/plugin/dataset.hpp"
#include "descent/plugin/registry.hpp"

// How fast the data set `image_folder` reads PNG files for the first time, beside a program that only opens each file and
// has libpng read it, and beside libpng's decoding of files that are in memory.

namespace {

namespace fs = std::filesystem;
using namespace descent;

/// A kind of pictures, and how fast they must be read.
struct Kind {
  const char* name;
  std::uint32_t side, channels;
  int count;
  double bound;  // pictures a second and core; 0: none
};
constexpr Kind kinds[] = {{"28x28 gray", 28, 1, 20000, 30000},
                          {"32x32 color", 32, 3, 10000, 10000},
                          {"256x256 color", 256, 3, 400, 0}};
constexpr double share_of_libpng = 0.8;

double cpu_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Smooth waves with some noise, as photographs are; of gray ones most is black, as of written digits.
std::vector<std::uint8_t> picture(const Kind& kind, std::uint32_t number) {
  RandomStream random(stream_key(number, kind.name));
  std::vector<std::uint8_t> pixels;
  const double phase = 6.28 * random.uniform(), slope = 1 + 3 * random.uniform();
  for (std::uint32_t y = 0; y < kind.side; ++y)
    for (std::uint32_t x = 0; x < kind.side; ++x)
      for (std::uint32_t c = 0; c < kind.channels; ++c) {
        const double wave = std::sin(phase + c + slope * (x + 0.7 * y) / kind.side * 6);
        const double value =
            kind.channels == 1 ? 1500 * (wave - 0.85) : 128 + 100 * wave + 6 * random.normal();
        pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
  return pixels;
}

void write_png(const fs::path& file, const Kind& kind, const std::vector<std::uint8_t>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = kind.side;
  image.format = kind.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr) == 0)
    throw std::runtime_error(fmt::format("cannot write {}: {}", file.string(), image.message));
}

struct Memory {
  const std::string* bytes;
  std::size_t at = 0;
};

void read_memory(png_structp png, png_bytep out, png_size_t count) {
  auto* memory = static_cast<Memory*>(png_get_io_ptr(png));
  if (count > memory->bytes->size() - memory->at) png_error(png, "cut short");
  std::copy_n(memory->bytes->data() + memory->at, count, reinterpret_cast<char*>(out));
  memory->at += count;
}

// As libpng's manual has it, with nothing around it; `start` says where it reads from.
template <class Start>
void decode(std::vector<std::uint8_t>& pixels, Start start) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  start(png);
  png_read_info(png, info);
  const std::size_t row = png_get_rowbytes(png, info), rows = png_get_image_height(png, info);
  pixels.resize(row * rows);
  for (std::size_t y = 0; y < rows; ++y) png_read_row(png, pixels.data() + y * row, nullptr);
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
}

double seconds_in_memory(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(read_file(entry.path()));
  std::vector<std::uint8_t> pixels;
  const double begin = cpu_seconds();
  for (const std::string& file : files) {
    Memory memory{&file};
    decode(pixels, [&](png_structp png) { png_set_read_fn(png, &memory, read_memory); });
  }
  return cpu_seconds() - begin;
}

double seconds_of_files(const fs::path& folder) {
  std::vector<std::uint8_t> pixels;
  const double begin = cpu_seconds();
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::FILE* file = std::fopen(entry.path().c_str(), "rb");
    if (file == nullptr) throw std::runtime_error("cannot open " + entry.path().string());
    decode(pixels, [&](png_structp png) { png_init_io(png, file); });
    std::fclose(file);
  }
  return cpu_seconds() - begin;
}

// To open the data set, which decodes every picture, or finds them in the cache.
double seconds_of_dataset(Registry& registry, const fs::path& folder) {
  Value options = Value::map();
  options.set("path", Value::of(folder.string()));
  options.set("labels", Value::of(false));
  Diagnostics problems;
  auto dataset = registry.load(PluginKind::dataset, "image_folder").create<Dataset>(options, problems);
  problems.throw_if_any();
  const double begin = cpu_seconds();
  dataset->open();
  return cpu_seconds() - begin;
}

bool measure(Registry& registry, const Kind& kind) {
  const TemporaryFolder folder("descent_pictures");
  const fs::path pictures = folder.path() / "pictures", cache = folder.path() / "cache";
  fs::create_directory(pictures);
  ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  for (int i = 0; i < kind.count; ++i)
    write_png(pictures / fmt::format("{:06}.png", i), kind, picture(kind, static_cast<std::uint32_t>(i)));
  double in_memory = 1e9, libpng = 1e9, first = 1e9, later = 1e9;
  for (int round = 0; round < 5; ++round) {
    fs::remove_all(cache);
    in_memory = std::min(in_memory, seconds_in_memory(pictures));
    libpng = std::min(libpng, seconds_of_files(pictures));
    first = std::min(first, seconds_of_dataset(registry, pictures));
    later = std::min(later, seconds_of_dataset(registry, pictures));
  }
  const double rate = kind.count / first, share = libpng / first;
  fmt::print(
      "{:<14} {:>9.0f} a second, {:>9.0f} by libpng from files: {:>4.0f} % of it; {:>9.0f} from memory: "
      "{:>4.0f} %; "
      "from the cache {:>9.0f}\n",
      kind.name, rate, kind.count / libpng, 100 * share, kind.count / in_memory, 100 * in_memory / first,
      kind.count / later);
  return rate >= kind.bound && share >= share_of_libpng;
}

}  // namespace

int main() {
  try {
    Registry registry;
    registry.add_standard_folders();
    fmt::print(
        "PNG files read for the first time, by one core: open, read, close, decode, and the cache written\n");
    bool fast = true;
    for (const Kind& kind : kinds) fast &= measure(registry, kind);
    fmt::print(
        "bounds: 30000 a second of 28x28 gray, 10000 of 32x32 color, 80 % of libpng's rate from files: "
        "{}\n",
        fast ? "kept" : "missed");
    return fast ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
