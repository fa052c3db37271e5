#include <fmt/format.h>

#include <array>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/conformance/built_model.hpp"
#include "descent/conformance/gradients.hpp"
#include "descent/conformance/loss_setting.hpp"
#include "descent/conformance/made_up_batch.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/problems.hpp"
#include "descent/conformance/registry_data.hpp"
#include "descent/conformance/role_plugins.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/conformance/scratch_file.hpp"
#include "descent/run/state.hpp"

namespace descent::conformance {

namespace {

using Output = NamedOutputs::Output;

Batch batch_for(const BuiltModel& built, std::int64_t size) {
  return built.fields.empty() ? Batch() : made_up_batch(built.fields, size, "batch");
}

// All of the model's outputs on a batch, one list.
std::vector<double> numbers_of(const BuiltModel& built, Mode mode, std::int64_t size,
                               BufferUpdates updates = BufferUpdates::none) {
  const NoGrad no_graph;
  std::vector<double> all;
  for (const Output& output : built.outputs(batch_for(built, size), mode, updates)) {
    const std::vector<double> numbers = output.value.value().to_doubles();
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

std::vector<double> buffers_of(const BuiltModel& built) {
  std::vector<double> all;
  for (const auto& buffer : built.registrar.buffers()) {
    const std::vector<double> numbers = buffer->value().to_doubles();
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

Finding builds(const Subject& subject) {
  std::vector<std::string> built, refused;
  for (const FieldSet& set : field_sets(subject)) {
    try {
      const BuiltModel model(*subject.plugin, subject.options, set.fields, 1);
      if (model.registrar.parameters().empty())
        return failed(fmt::format("on {} it has no parameter", set.name));
      built.emplace_back(set.name);
    } catch (const Error& error) {
      refused.push_back(fmt::format("{} ({})", set.name, error.what()));
    }
  }
  const std::string refusals = refused.empty() ? "" : "; refused: " + join(refused, "; ");
  if (built.empty()) return failed("it builds on none of the suite's fields" + refusals);
  return passed("on " + join(built) + refusals);
}

Finding starts_from_seed(const Subject& subject) {
  const auto values = [&](std::uint64_t seed) {
    return build_model(subject, subject.options, seed)->values();
  };
  const std::vector<double> expected = values(1);
  for (const double value : expected)
    if (!std::isfinite(value)) return failed(fmt::format("a parameter starts at {}", value));
  if (first_difference(expected, values(1))) return failed("the same seed gives other first values");
  return passed(first_difference(expected, values(2)) ? "the same seed, the same values; another one, others"
                                                      : "the same values whatever the seed");
}

constexpr const char* no_outputs =
    "its outputs() gives nothing: it plays none of the SDK's roles and does not override it";

// Describes what is wrong with the outputs for a batch of `size` examples; empty if nothing is.
std::string wrong_output(const BuiltModel& built, std::int64_t size, Mode mode) {
  std::vector<Output> outputs;
  try {
    outputs = built.outputs(batch_for(built, size), mode);
  } catch (const Error&) {
    // Batch normalization has nothing to normalize one example with, and may say so.
    if (size > 1 || mode == Mode::evaluation) throw;
  }
  for (const Output& output : outputs) {
    if (!output.value.defined()) return fmt::format("{} is undefined for {} examples", output.name, size);
    const Shape& shape = output.value.shape();
    const bool right = output.any ? shape.rank() >= 1 && shape[0] == output.promised[0] && shape.rank() >= 2
                                  : shape == output.promised;
    if (!right)
      return fmt::format("{} gives {} for {} examples, not {}", output.name, shape.text(), size,
                         output.any ? fmt::format("({}, …)", output.promised[0]) : output.promised.text());
    for (const Scalar number : output.value.value().values())
      if (!std::isfinite(number))
        return fmt::format("{} gives {} for {} examples", output.name, number, size);
  }
  return "";
}

Finding has_right_shapes(const Subject& subject) {
  const auto built = build_model(subject, subject.options);
  std::vector<std::string> names;
  for (const Output& output : built->outputs(batch_for(*built, 3), Mode::evaluation))
    names.push_back(output.name);
  if (names.empty()) return not_applicable(no_outputs);
  for (const std::int64_t size : {1, 3, 128})
    for (const Mode mode : {Mode::training, Mode::evaluation})
      if (const std::string wrong = wrong_output(*built, size, mode); !wrong.empty()) return failed(wrong);
  return passed(join(names) + ": batches of 1, 3 and 128");
}

Finding outputs_have_right_gradients(const Subject& subject) {
  const auto built = build_model(subject, subject.options);
  const Batch batch = batch_for(*built, 8);
  if (built->outputs(batch, Mode::evaluation).empty()) return not_applicable(no_outputs);
  // Twice the same numbers: dropout drops the same.
  for (const Mode mode : {Mode::training, Mode::evaluation}) {
    const std::string text = gradient_mismatch(
        [&] {
          Variable total = Variable::scalar(0);
          for (const Output& output : built->outputs(batch, mode))
            total = total + mean(square(output.value + 0.3));
          return total;
        },
        built->arena->variables());
    if (!text.empty())
      return failed(fmt::format("in {} mode: {}", mode == Mode::training ? "training" : "evaluation", text));
  }
  return passed("of all outputs, in training and in evaluation mode");
}

Finding evaluates_alike(const Subject& subject) {
  const auto built = build_model(subject, subject.options);
  const std::vector<double> expected = numbers_of(*built, Mode::evaluation, 16);
  if (expected.empty()) return not_applicable(no_outputs);
  if (first_difference(expected, numbers_of(*built, Mode::evaluation, 16)))
    return failed("evaluated twice on the same batch, it gives other numbers");
  numbers_of(*built, Mode::training, 16);
  if (first_difference(expected, numbers_of(*built, Mode::evaluation, 16)))
    return failed("a training pass that may not stage buffers changes what evaluation gives");
  return passed("the same bits, twice and after a training pass");
}

Finding stages_buffers(const Subject& subject) {
  const auto built = build_model(subject, subject.options);
  if (built->registrar.buffers().empty()) return passed("it has no buffers with these options");
  const auto commit = [&] {
    for (const auto& buffer : built->registrar.buffers()) buffer->commit();
  };
  const std::vector<double> before = buffers_of(*built);
  numbers_of(*built, Mode::training, 16, BufferUpdates::staged);
  if (first_difference(before, buffers_of(*built)))
    return failed("a training pass writes a buffer by itself, instead of staging it");
  commit();
  const std::vector<double> after = buffers_of(*built);
  numbers_of(*built, Mode::evaluation, 16, BufferUpdates::staged);
  commit();
  if (first_difference(after, buffers_of(*built))) return failed("an evaluation pass stages a buffer");
  return passed(first_difference(before, after) ? "staged in training, left alone in evaluation"
                                                : "left alone");
}

// A training in which one player moves all parameters and minimizes the squares of all outputs.
std::unique_ptr<train::Training> trained_by_roles(const Subject& subject,
                                                  const std::optional<experiment::PluginUse>& dataset) {
  experiment::Experiment experiment;
  experiment.name = "conformance";
  experiment.model = use_of(*subject.plugin, subject.options);
  experiment.dataset = dataset;
  experiment.trainer.batch_size = 24;
  experiment.trainer.steps.count = 10;
  static_cast<experiment::PluginUse&>(experiment.losses.emplace_back()) = use_of(roles_loss());
  experiment.optimizer.emplace_back().rules = {gradient_descent(0.01)};
  return train::assemble(std::move(experiment));
}

// The first data that the model trains on: the suite's examples, none, or a data set of the registry.
std::unique_ptr<train::Training> trained_on_any_data(const Subject& subject,
                                                     std::optional<experiment::PluginUse>& dataset,
                                                     std::string& refusal) {
  std::vector<std::optional<experiment::PluginUse>> all = {use_of(example_data()), std::nullopt};
  for (const RegistryData& data : registry_data(*subject.registry)) all.emplace_back(use_of(*data.plugin));
  for (const auto& one : all) {
    try {
      dataset = one;
      return trained_by_roles(subject, one);
    } catch (const Error& error) {
      refusal = error.what();
    }
  }
  return nullptr;
}

Finding trains_on_from_saved_state(const Subject& subject) {
  constexpr std::int64_t half = 5;
  const ScratchFile file("state.h5");
  std::optional<experiment::PluginUse> dataset;
  std::string refusal;
  const std::unique_ptr<train::Training> whole = trained_on_any_data(subject, dataset, refusal);
  if (whole == nullptr)
    return not_applicable(
        fmt::format("it builds neither on the suite's data nor on the registry's data sets ({})", refusal));
  if (build_model(subject, subject.options)
          ->outputs(made_up_batch(whole->fields(), 3, "batch"), Mode::evaluation)
          .empty())
    return not_applicable(no_outputs);
  play_steps(*whole, half);
  run::save_state(*whole, {}, file.path);
  play_steps(*whole, half);
  const auto second = trained_by_roles(subject, dataset);
  run::load_state(*second, file.path);
  play_steps(*second, half);
  if (first_difference(whole_state(*whole), whole_state(*second)))
    return failed(
        fmt::format("{0} steps, saved, and {0} more in a new training differ from {1} in one; does "
                    "the model keep something in itself instead of in parameters and buffers?",
                    half, 2 * half));
  return passed(fmt::format("{0} steps + {0} steps after loading are {1} steps", half, 2 * half));
}

Finding options_change_outputs(const Subject& subject) {
  build_model(subject, subject.options);
  return options_have_effects(subject, [&](const Value& section) {
    const auto built = build_model(subject, section);
    std::vector<double> all = built->values();
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      const std::vector<double> numbers =
          numbers_of(*built, mode, 8, mode == Mode::training ? BufferUpdates::staged : BufferUpdates::none);
      all.insert(all.end(), numbers.begin(), numbers.end());
      for (const auto& buffer : built->registrar.buffers()) buffer->commit();
    }
    return all;
  });
}

}  // namespace

std::span<const Check> model_checks() {
  static constexpr std::array all = {
      Check{"builds", "builds on fields of several shapes, or says why not", builds},
      Check{"initialization", "the same seed gives the same first values, all finite", starts_from_seed},
      Check{"shapes", "the outputs have the shapes that they promise", has_right_shapes},
      Check{"gradients", "the gradients are those of the values", outputs_have_right_gradients},
      Check{"evaluation", "evaluation mode gives the same numbers again", evaluates_alike},
      Check{"buffers", "buffers are staged in training passes, and only there", stages_buffers},
      Check{"save_and_load", "goes on from a saved state with the same bits", trains_on_from_saved_state},
      Check{"options", "every option changes the parameters or what comes of them", options_change_outputs},
  };
  return all;
}

}  // namespace descent::conformance
