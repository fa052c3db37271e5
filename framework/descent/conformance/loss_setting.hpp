#pragma once

#include <memory>
#include <string>
#include <vector>

#include "descent/conformance/suite.hpp"
#include "descent/train/training.hpp"

namespace descent::conformance {

/// A partner to play with: a model, and whether the suite's data are there.
struct Setting {
  std::string name;
  experiment::PluginUse model;
  std::optional<experiment::PluginUse> dataset;
};

/// The suite's own models for every role and some shapes, then the registry's models; each with the suite's
/// data where it wants any.
std::vector<Setting> settings(Registry& registry);
/// The registry's models, each with each of the registry's data sets: for plugins that fit none of settings().
std::vector<Setting> more_settings(Registry& registry);
/// The setting with examples without end, drawn from the same ones.
Setting with_endless_data(Setting setting);

/// A training of the loss on the first setting that it accepts and can be evaluated on; where it defines no
/// game, every group is a player that minimizes half the squared length of what it moves, and the loss adds
/// to that.
struct LossTrial {
  std::unique_ptr<train::Training> training;
  std::string setting;
  std::size_t item = 0;  ///< the loss among the game's items
  std::string refusal;   ///< without a training: what the last setting was refused with
};
LossTrial play_loss(const Subject& subject, const Value& section);

/// The experiment's plugin with no options but these.
experiment::PluginUse use_of(const LoadedPlugin& plugin, Value section = Value::map());
/// So many examples of the training's data; an empty batch without.
Batch batch_of(train::Training& training, std::int64_t size);

}  // namespace descent::conformance
