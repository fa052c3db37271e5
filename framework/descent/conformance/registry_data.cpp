#include "descent/conformance/registry_data.hpp"

#include <algorithm>

#include "descent/plugin/dataset.hpp"

namespace descent::conformance {

std::vector<const LoadedPlugin*> loadable(Registry& registry, PluginKind kind) {
  std::vector<const LoadedPlugin*> all;
  for (const PluginInfo& info : registry.plugins()) {
    if (info.kind != kind) continue;
    try {
      all.push_back(&registry.load(info.kind, info.name));
    } catch (const Error&) {
      // It is no partner; whoever names it gets the error.
    }
  }
  return all;
}

std::vector<RegistryData> registry_data(Registry& registry) {
  std::vector<RegistryData> all;
  for (const LoadedPlugin* plugin : loadable(registry, PluginKind::dataset)) {
    try {
      Diagnostics problems;
      const auto dataset = plugin->create<Dataset>(Value::map(), problems);
      if (!problems.empty()) continue;
      Fields fields = dataset->fields();
      const auto is_unknown = [](const Field& field) { return field.shape.size() == 0; };
      if (!fields.empty() && std::none_of(fields.begin(), fields.end(), is_unknown))
        all.push_back({plugin, std::move(fields)});
    } catch (const Error&) {
      // In need of options or files: no partner.
    }
  }
  return all;
}

}  // namespace descent::conformance
