// The data set idx_images: images and labels of one split, which the other split has too; plain or gzipped.
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const std::string_view input = fuzz::text_of(data, size);
  if (input.size() < 3) return 0;
  // The first three bytes: whether there are labels, and how many bytes of the rest they are.
  const bool labels = (data[0] & 1) != 0;
  const std::string_view rest = input.substr(3);
  const std::size_t label_bytes = std::min<std::size_t>(rest.size(), data[1] * 256u + data[2]);
  for (const std::string prefix : {"train", "t10k"}) {
    files.write(prefix + "-labels-idx1-ubyte", rest.substr(0, label_bytes));
    files.write(prefix + "-images-idx3-ubyte", rest.substr(label_bytes));
  }
  Value options = Value::map();
  options.set("path", Value::of(files.folder().string()));
  options.set("labels", Value::of(labels));
  fuzz::reads([&] { fuzz::read_dataset("idx_images", options); });
  return 0;
}
