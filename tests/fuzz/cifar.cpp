// The data set cifar_binary: one file that all splits have. The first byte chooses CIFAR-10 or CIFAR-100, and its labels; short
// inputs are stretched, since an image takes 3073 bytes.
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (size < 2) return 0;
  const bool is_100 = (data[0] & 1) != 0, coarse = (data[0] & 2) != 0, stretched = (data[0] & 4) != 0;
  std::string bytes(fuzz::text_of(data + 1, size - 1));
  if (stretched) bytes.resize((is_100 ? 3074u : 3073u) * (1 + data[1] % 3));
  files.remove("train.bin");
  if (is_100) {
    for (const char* name : {"train.bin", "test.bin"}) files.write(name, bytes);
  } else {
    for (int i = 1; i <= 5; ++i) files.write("data_batch_" + std::to_string(i) + ".bin", bytes);
    files.write("test_batch.bin", bytes);
  }
  Value options = Value::map();
  options.set("path", Value::of(files.folder().string()));
  options.set("labels", Value::of(coarse ? "coarse" : "fine"));
  fuzz::reads([&] { fuzz::read_dataset("cifar_binary", options); });
  return 0;
}
