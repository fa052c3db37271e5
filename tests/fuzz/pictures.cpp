// The data set image_folder: one picture in a class of its own. The first byte chooses the ending and what the picture is brought to.
#include <cstdlib>

#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  static const bool without_cache = ::setenv("XDG_CACHE_HOME", "", 1) == 0 && ::setenv("HOME", "", 1) == 0;
  fuzz::require(without_cache, "the environment can be changed");
  if (size < 1) return 0;
  const unsigned choice = data[0];
  std::filesystem::create_directories(files.folder() / "a");
  files.remove("a/1.png");
  files.remove("a/1.jpg");
  files.write((choice & 1) != 0 ? "a/1.png" : "a/1.jpg", fuzz::text_of(data + 1, size - 1));
  Value options = Value::map();
  options.set("path", Value::of(files.folder().string()));
  options.set("channels", Value::of((choice & 2) != 0 ? 1 : (choice & 4) != 0 ? 3 : 0));
  if ((choice & 8) != 0) options.set("resize", Value::list({Value::of(5), Value::of(7)}));
  if ((choice & 16) != 0) options.set("crop", Value::of("center"));
  fuzz::reads([&] { fuzz::read_dataset("image_folder", options); });
  return 0;
}
