#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>

#include "descent/base/text.hpp"
#include "descent/conformance/loss_setting.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/problems.hpp"
#include "descent/conformance/role_plugins.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::conformance {

namespace {

struct MetricTrial {
  std::unique_ptr<train::Training> training;
  std::string setting, refusal;
};

std::unique_ptr<train::Training> try_setting(const Setting& setting, const experiment::PluginUse& metric) {
  experiment::Experiment experiment;
  experiment.name = "conformance";
  experiment.model = setting.model;
  experiment.dataset = setting.dataset;
  experiment.trainer.batch_size = 16;
  experiment.trainer.steps.count = 10;
  static_cast<experiment::PluginUse&>(experiment.losses.emplace_back()) = use_of(roles_loss());
  experiment.optimizer.emplace_back().rules = {gradient_descent(0.01)};
  auto& item = experiment.metrics.emplace_back();
  static_cast<experiment::PluginUse&>(item) = metric;
  item.batch_size = 48;
  return train::assemble(std::move(experiment));
}

MetricTrial play_metric(const Subject& subject, const Value& section) {
  const experiment::PluginUse metric = use_of(*subject.plugin, section);
  MetricTrial trial;
  const auto fits_one_of = [&](const std::vector<Setting>& all) {
    for (const Setting& setting : all) {
      try {
        trial.training = try_setting(setting, metric);
        trial.training->play_step(true);
        trial.training->measure(trial.training->metrics().front());
      } catch (const Error& error) {
        trial.training.reset();
        trial.refusal = error.what();
        continue;
      }
      trial.setting = setting.name;
      return true;
    }
    return false;
  };
  if (!fits_one_of(settings(*subject.registry))) fits_one_of(more_settings(*subject.registry));
  return trial;
}

std::vector<double> measured(train::Training& training) {
  return training.measure(training.metrics().front());
}

template <class Body>
Finding with_trial(const Subject& subject, const Body& body) {
  const MetricTrial trial = play_metric(subject, subject.options);
  if (trial.training == nullptr)
    return not_applicable(
        fmt::format("it measures neither a model of the suite nor one of the registry ({})", trial.refusal));
  return body(trial);
}

Finding declares_measures(const Subject& subject) {
  return with_trial(subject, [](const MetricTrial& trial) {
    const std::vector<Measure>& measures = trial.training->metrics().front().measures;
    if (measures.empty()) return failed("it declares no measure");
    std::vector<std::string> names;
    std::set<std::string> unique;
    for (const Measure& measure : measures) {
      if (!runlog::is_measure_name(measure.name) || !unique.insert(measure.name).second)
        return failed(
            fmt::format("the measure '{}' cannot be named so in a log, or is there twice", measure.name));
      names.push_back(measure.name);
    }
    return passed(join(names));
  });
}

Finding measures_what_it_declares(const Subject& subject) {
  return with_trial(subject, [](const MetricTrial& trial) {
    const auto& measures = trial.training->metrics().front().measures;
    const std::vector<double> values = measured(*trial.training);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isinf(values[i]))
        return failed(fmt::format("'{}' is {}; what cannot be measured is NaN", measures[i].name, values[i]));
      texts.push_back(fmt::format("{} {:.4g}", measures[i].name, values[i]));
    }
    return passed(fmt::format("on {}: {}", trial.setting, join(texts)));
  });
}

Finding gives_the_same_values(const Subject& subject) {
  return with_trial(subject, [&](const MetricTrial& trial) {
    const std::vector<double> expected = measured(*trial.training);
    if (first_difference(expected, measured(*trial.training)))
      return failed("measured twice, it gives other values");
    const MetricTrial second = play_metric(subject, subject.options);
    if (first_difference(expected, measured(*second.training)))
      return failed("made anew, it gives other values");
    return passed("the same bits, measured twice and made anew");
  });
}

Finding leaves_training_alone(const Subject& subject) {
  return with_trial(subject, [&](const MetricTrial& trial) {
    const std::vector<double> before = whole_state(*trial.training);
    measured(*trial.training);
    if (first_difference(before, whole_state(*trial.training)))
      return failed("measuring changes parameters, buffers or slots");
    const MetricTrial other = play_metric(subject, subject.options);
    for (int i = 0; i < 5; ++i) {
      measured(*trial.training);
      play_steps(*trial.training, 1);
      play_steps(*other.training, 1);
    }
    if (first_difference(whole_state(*trial.training), whole_state(*other.training)))
      return failed("a training that is measured goes elsewhere than one that is not");
    return passed("the same training, measured or not");
  });
}

// On every setting that can be measured: some options are for data, or for examples without end.
std::vector<double> measured_everywhere(const Subject& subject, const Value& section) {
  const experiment::PluginUse metric = use_of(*subject.plugin, section);
  std::vector<double> all;
  std::string refusal;
  const auto measure_on = [&](const Setting& setting) {
    try {
      const std::vector<double> values = measured(*try_setting(setting, metric));
      all.insert(all.end(), values.begin(), values.end());
    } catch (const PluginFailure& failure) {
      if (!failure.of_error()) throw;
      refusal = failure.what();
    } catch (const Error& error) {
      refusal = error.what();
    }
  };
  for (const Setting& setting : settings(*subject.registry))
    for (const Setting& either : {setting, with_endless_data(setting)}) measure_on(either);
  if (all.empty())
    for (const Setting& setting : more_settings(*subject.registry)) measure_on(setting);
  if (all.empty()) throw Error(refusal);
  return all;
}

Finding options_change_measures(const Subject& subject) {
  return with_trial(subject, [&](const MetricTrial&) {
    return options_have_effects(subject,
                                [&](const Value& section) { return measured_everywhere(subject, section); });
  });
}

}  // namespace

std::span<const Check> metric_checks() {
  static constexpr std::array all = {
      Check{"declares", "declares measures with names of their own", declares_measures},
      Check{"measures", "gives a value, or NaN, for each declared measure", measures_what_it_declares},
      Check{"repeatable", "gives the same values again", gives_the_same_values},
      Check{"leaves_training_alone", "measuring changes nothing in training", leaves_training_alone},
      Check{"options", "every option changes a value", options_change_measures},
  };
  return all;
}

}  // namespace descent::conformance
