// The marks of a plugin library, which are read before any of its code runs.
#include "descent/plugin/library.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto file = files.write("plugin.so", fuzz::text_of(data, size));
  fuzz::reads([&] { abi_differences(read_marks(file).abi); });
  fuzz::reads([&] { abi_differences(fuzz::text_of(data, size)); });
  return 0;
}
