#include "descent/plugin/kind.hpp"

#include <array>

#include "descent/plugin/host_keys.hpp"

namespace descent {

const char* kind_name(PluginKind kind) {
  switch (kind) {
    case PluginKind::optimizer:
      return "optimizer";
    case PluginKind::model:
      return "model";
    case PluginKind::layer:
      return "layer";
    case PluginKind::loss:
      return "loss";
    case PluginKind::dataset:
      return "dataset";
    case PluginKind::metric:
      return "metric";
  }
  return "";
}

std::span<const PluginKind> plugin_kinds() {
  static constexpr std::array all = {PluginKind::optimizer, PluginKind::model,   PluginKind::layer,
                                     PluginKind::loss,      PluginKind::dataset, PluginKind::metric};
  return all;
}

std::span<const HostKey> host_keys(PluginKind kind) {
  static constexpr HostKey name = {"name", "how it is addressed and logged; the plugin's name by default"};
  static constexpr std::array optimizer = {
      name, HostKey{"fallback", "the chain for parameters that this rule refuses, or frozen"}};
  static constexpr std::array layer = {
      HostKey{"initializer", "how its parameters start; the network's by default"},
      HostKey{"tap",
              "true: its result is the network's features, for losses and metrics that compare features"}};
  static constexpr std::array dataset = {
      HostKey{"transforms",
              "a list that prepares and augments its fields, such as [flip, {crop: 4}]; none by default"}};
  static constexpr std::array loss = {
      name, HostKey{"weight", "factor of its terms, a schedule; 1 by default"},
      HostKey{"every", "evaluated at steps 1, 1 + every, …; 1 by default"},
      HostKey{"players", "the players it adds to; by default those it names, or every one"}};
  static constexpr std::array metric = {
      name, HostKey{"split", "the part of the data set: train, validation or test"},
      HostKey{"every", "measured every N steps or epochs, and at the end"},
      HostKey{"batch_size", "examples to measure at a time"},
      HostKey{"at", "values that options of losses take while it is measured, such as {elbo.beta: 1}"}};
  switch (kind) {
    case PluginKind::optimizer:
      return optimizer;
    case PluginKind::layer:
      return layer;
    case PluginKind::loss:
      return loss;
    case PluginKind::metric:
      return metric;
    case PluginKind::dataset:
      return dataset;
    case PluginKind::model:
      return {};
  }
  return {};
}

}  // namespace descent
