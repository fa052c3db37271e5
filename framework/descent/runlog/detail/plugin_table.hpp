#pragma once

#include <vector>

#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::runlog::hdf5 {

/// The rows as HDF5 keeps them: compounds of fixed-length strings. One column each would crash ncdump 4.9,
/// which writes beyond its buffer at any list of fixed-length strings.
struct PluginTable {
  explicit PluginTable(const std::vector<PluginRow>& rows);
  Handle type;
  std::vector<char> bytes;
};

std::vector<PluginRow> read_plugin_table(hid_t dataset);

}  // namespace descent::runlog::hdf5
