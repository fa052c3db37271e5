// A recorded optimizer (tools/python/record_trace.py), which is replayed.
#include "descent/conformance/replay.hpp"

#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  static Registry registry;
  static const LoadedPlugin& plugin = registry.load(
      PluginKind::optimizer, std::string(DESCENT_BINARY_DIR) + "/lib/descent/plugins/optimizer_adam.so");
  static const conformance::Subject subject = conformance::make_subject(plugin, Value::map(), registry);
  const auto file = files.write("trace.npz", fuzz::text_of(data, size));
  fuzz::reads([&] { conformance::replay(subject, file); });
  return 0;
}
