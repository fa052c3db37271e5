// The data set csv. The first byte chooses options, the second the separator; the rest is the table.
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (size < 2) return 0;
  const unsigned choice = data[0];
  const auto file = files.write("table.csv", fuzz::text_of(data + 2, size - 2));
  Value options = Value::map();
  options.set("path", Value::of(file.string()));
  options.set("header", Value::of((choice & 1) != 0));
  options.set("missing", Value::of((choice & 2) != 0 ? "drop" : "error"));
  if ((choice & 4) != 0) options.set("label", Value::of((choice & 1) != 0 ? "label" : "c1"));
  if ((choice & 8) != 0) options.set("comment", Value::of("#"));
  if ((choice & 16) != 0) options.set("test_examples", Value::of(0.5));
  if ((choice & 32) != 0) options.set("targets", Value::list({Value::of("*y*")}));
  if ((choice & 64) != 0)
    options.set("separator", Value::of(std::string(1, static_cast<char>(data[1] & 127))));
  fuzz::reads([&] { fuzz::read_dataset("csv", options); });
  return 0;
}
