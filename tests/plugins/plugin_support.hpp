#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "descent/plugin/dataset.hpp"
#include "descent/plugin/registry.hpp"
#include "support/files.hpp"

/// A plugin's options that are not to be the default ones.
using Settings = std::vector<std::pair<std::string, descent::Value>>;

/// A plugin of the build tree with these options, made as the host makes it.
template <class Contract>
std::shared_ptr<Contract> make_plugin(descent::PluginKind kind, const std::string& name,
                                      const Settings& options) {
  static descent::Registry registry = [] {
    descent::Registry all;
    all.add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");
    return all;
  }();
  descent::Value section = descent::Value::map();
  for (const auto& [key, value] : options) section.set(key, value);
  descent::Diagnostics diagnostics;
  auto plugin = registry.load(kind, name).create<Contract>(section, diagnostics);
  diagnostics.throw_if_any();
  return plugin;
}

inline std::shared_ptr<descent::Dataset> open_dataset(const std::string& name, const Settings& options) {
  auto dataset = make_plugin<descent::Dataset>(descent::PluginKind::dataset, name, options);
  dataset->open();
  return dataset;
}

/// All examples of a split in one batch.
inline descent::Batch whole(const descent::Dataset& dataset, descent::Split split) {
  descent::Batch batch(dataset.fields(), dataset.size(split).value());
  std::vector<std::int64_t> indices(static_cast<std::size_t>(batch.size()));
  std::iota(indices.begin(), indices.end(), 0);
  dataset.fill(split, indices, batch);
  return batch;
}
