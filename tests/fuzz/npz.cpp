// An archive of arrays: the reader itself, and the data set npz.
#include "descent/archive/npz_file.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto path = files.write("arrays.npz", fuzz::text_of(data, size));
  fuzz::reads([&] {
    const archive::NpzFile file(path);
    for (const std::string& name : file.names()) fuzz::reads([&] { file.array(name).numbers(); });
  });
  Value options = Value::map();
  options.set("path", Value::of(path.string()));
  fuzz::reads([&] { fuzz::read_dataset("npz", options); });
  return 0;
}
