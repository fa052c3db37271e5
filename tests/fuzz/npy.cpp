// An array of numpy's: the reader itself, and the data set npy, as a whole and by blocks.
#include "descent/base/npy.hpp"

#include <cstring>

#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const std::uint8_t* at = data;
  const auto read = [&](std::byte* out, std::size_t count) {
    fuzz::require(count <= static_cast<std::size_t>(data + size - at), "no more is read than the file has");
    std::memcpy(out, at, count);
    at += count;
  };
  try {
    const ElementArray array = read_npy(size, read);
    fuzz::require(array.numbers().size() == array.count(), "an array has as many numbers as its shape says");
  } catch (const NpyProblem&) {
  }
  Value options = Value::map();
  options.set("path", Value::of(files.write("array.npy", fuzz::text_of(data, size)).string()));
  fuzz::reads([&] { fuzz::read_dataset("npy", options); });
  options.set("fields", Value::of("label"));
  options.set("memory", Value::of(1e-6));
  options.set("window", Value::of(1e-3));
  fuzz::reads([&] { fuzz::read_dataset("npy", options); });
  return 0;
}
