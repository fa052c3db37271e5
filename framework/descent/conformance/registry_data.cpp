#include "descent/conformance/registry_data.hpp"

#include <algorithm>

#include "descent/plugin/dataset.hpp"

namespace descent::conformance {

std::vector<RegistryData> registry_data(Registry& registry) {
  std::vector<RegistryData> all;
  for (const PluginInfo& info : registry.plugins()) {
    if (info.kind != PluginKind::dataset) continue;
    try {
      const LoadedPlugin& plugin = registry.load(info.kind, info.name);
      Diagnostics problems;
      const auto dataset = plugin.create<Dataset>(Value::map(), problems);
      if (!problems.empty()) continue;
      Fields fields = dataset->fields();
      const auto is_unknown = [](const Field& field) { return field.shape.size() == 0; };
      if (!fields.empty() && std::none_of(fields.begin(), fields.end(), is_unknown))
        all.push_back({&plugin, std::move(fields)});
    } catch (const Error&) {
      // Found twice, unreadable, or in need of files: no partner, and no fault of the plugin that is checked.
    }
  }
  return all;
}

}  // namespace descent::conformance
