#include "descent/conformance/loss_setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/conformance/problems.hpp"
#include "descent/conformance/registry_data.hpp"
#include "descent/conformance/role_plugins.hpp"

namespace descent::conformance {

namespace {

Value list_of(const std::vector<double>& numbers) {
  Value list = Value::list();
  for (const double number : numbers) list.items().push_back(Value::of(number));
  return list;
}

Setting point_setting(const NamedNumbers& vectors) {
  Value start = Value::map();
  for (const auto& [group, numbers] : vectors) start.set(group, list_of(numbers));
  Value section = Value::map();
  section.set("start", std::move(start));
  return {"a point", use_of(point_double(), std::move(section)), std::nullopt};
}

experiment::PluginUse with_text(const LoadedPlugin& plugin, const char* option, const char* text) {
  Value section = Value::map();
  section.set(option, Value::of(text));
  return use_of(plugin, std::move(section));
}

experiment::PluginUse data(std::int64_t dimensions = 2) {
  Value section = Value::map();
  section.set("dimensions", Value::of(dimensions));
  return use_of(example_data(), std::move(section));
}

Setting wide_point_setting() {
  std::vector<double> numbers(100);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 0.5 - 0.01 * static_cast<double>(i);
  Setting setting = point_setting({{"point", numbers}});
  setting.dataset = data(100);
  return setting;
}

std::unique_ptr<train::Training> try_setting(const Setting& setting, const experiment::PluginUse& loss,
                                             bool adds) {
  experiment::Experiment experiment;
  experiment.name = "conformance";
  experiment.model = setting.model;
  experiment.dataset = setting.dataset;
  experiment.trainer.batch_size = 16;
  experiment.trainer.steps.count = 10;
  if (adds) static_cast<experiment::PluginUse&>(experiment.losses.emplace_back()) = use_of(lengths_loss());
  static_cast<experiment::PluginUse&>(experiment.losses.emplace_back()) = loss;
  experiment.optimizer.emplace_back().rules = {gradient_descent(0.01)};
  return train::assemble(std::move(experiment));
}

}  // namespace

experiment::PluginUse use_of(const LoadedPlugin& plugin, Value section) {
  section.set("plugin", Value::of(plugin.info().name));
  return {&plugin, plugin.info().name, std::move(section)};
}

std::vector<Setting> settings(Registry& registry) {
  std::vector<Setting> all = {
      point_setting({{"point", {0.7, -0.4}}}),
      point_setting({{"x", {0.6}}, {"y", {0.5}}}),
      point_setting({{"x", {0.6, -0.3}}, {"y", {0.5, 0.8}}}),
      point_setting({{"generator", {0.6}}, {"discriminator", {0.5}}}),
      point_setting({{"point", {0.7}}}),
      point_setting({{"point", {0.7, -0.4, 0.2}}}),
      wide_point_setting(),
      {"a predictor of labels", with_text(predictor_double(), "target", "label"), data()},
      {"a predictor of values", with_text(predictor_double(), "target", "target"), data()},
      {"a latent variable model", use_of(latent_double()), data()},
      {"an adversarial model of images", with_text(adversarial_double(), "field", "image"), data()},
      {"an adversarial model of points", with_text(adversarial_double(), "field", "point"), data()},
      {"an adversarial model that classifies", with_text(adversarial_double(), "classes", "label"), data()},
  };
  for (const LoadedPlugin* model : loadable(registry, PluginKind::model)) {
    all.push_back({model->title(), use_of(*model), data()});
    all.push_back({model->title(), use_of(*model), std::nullopt});
  }
  return all;
}

std::vector<Setting> more_settings(Registry& registry) {
  std::vector<Setting> all;
  const std::vector<RegistryData> datasets = registry_data(registry);
  for (const LoadedPlugin* model : loadable(registry, PluginKind::model))
    for (const RegistryData& data : datasets)
      all.push_back({fmt::format("{} with {}", model->title(), data.plugin->title()), use_of(*model),
                     use_of(*data.plugin)});
  return all;
}

Setting with_endless_data(Setting setting) {
  if (setting.dataset) setting.dataset->section.set("endless", Value::of(true));
  return setting;
}

// What the loss cannot play after all: a predictor of classes where it wants values.
static std::string evaluation_error(train::Training& training) {
  const Batch batch = batch_of(training, 3);
  const train::Game::PassCounters counters{.seed = 1, .step = 1, .updates = BufferUpdates::none};
  try {
    for (train::GamePlayer& player : training.game().players())
      training.game().evaluate(player, training.model(), training.registrar(), batch, counters,
                               train::Game::Items::all);
  } catch (const PluginFailure& failure) {
    return failure.of_error() ? failure.what()
                              : "";  // otherwise the loss's own fault, for the checks to find
  } catch (const RunError&) {
    return "";
  }
  return "";
}

LossTrial play_loss(const Subject& subject, const Value& section) {
  const experiment::PluginUse loss = use_of(*subject.plugin, section);
  LossTrial trial;
  const auto fits_one_of = [&](const std::vector<Setting>& all) {
    for (const Setting& setting : all) {
      for (const bool adds : {false, true}) {
        try {
          LossTrial found{try_setting(setting, loss, adds), setting.name, adds ? std::size_t{1} : 0, ""};
          const bool fits = evaluation_error(*found.training).empty();
          // Where every evaluation goes wrong, the first one shows how.
          if (fits || trial.training == nullptr) trial = std::move(found);
          if (fits) return true;
        } catch (const Error& error) {
          if (trial.training == nullptr) trial.refusal = error.what();
        }
      }
    }
    return trial.training != nullptr;
  };
  if (!fits_one_of(settings(*subject.registry))) fits_one_of(more_settings(*subject.registry));
  return trial;
}

Batch batch_of(train::Training& training, std::int64_t size) {
  if (training.dataset() == nullptr) return {};
  Batch batch(training.fields(), size);
  batch.resize(size);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size));
  std::iota(indices.begin(), indices.end(), 0);
  training.dataset()->fill(Split::train, indices, batch);
  return batch;
}

}  // namespace descent::conformance
