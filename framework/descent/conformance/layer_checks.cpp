#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>

#include "descent/base/text.hpp"
#include "descent/chain/arena.hpp"
#include "descent/conformance/gradients.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/plugin/layer.hpp"

namespace descent::conformance {

namespace {

constexpr std::int64_t batch_size = 6;

// Shapes of one example that layers are tried on.
const std::array example_shapes = {Shape{6}, Shape{3, 2}, Shape{4, 4, 3}, Shape{6, 5, 4}};

initialize::LayerStart start() {
  return {initialize::glorot_uniform(), initialize::constant(0)};
}

bool builds(const Subject& subject, const Value& section, const Shape& example, const Shape& condition) {
  Diagnostics diagnostics;
  const auto layer = subject.plugin->create<Layer>(section, diagnostics);
  diagnostics.throw_if_any();
  Registrar registrar;
  Scope scope(registrar, "network", "0.", start(), Shape{5});
  try {
    layer->build(example, condition, scope);
  } catch (const Error&) {
    return false;
  }
  return true;
}

/// The shape of one example's condition: none, but for layers that do not build without one.
Shape condition_for(const Subject& subject, const Value& section, const Shape& example) {
  const bool needed = !builds(subject, section, example, {}) && builds(subject, section, example, Shape{3});
  return needed ? Shape{3} : Shape{};
}

/// A layer built by itself on examples of one shape, with parameters that are not their first values: a scale
/// of 1 or a shift of 0 would hide a mistake.
struct BuiltLayer {
  BuiltLayer(const Subject& subject, const Value& section, const Shape& example, std::uint64_t seed = 1)
      : input(example), condition(condition_for(subject, section, example)) {
    Diagnostics diagnostics;
    layer = subject.plugin->create<Layer>(section, diagnostics);
    diagnostics.throw_if_any();
    Scope scope(registrar, "network", "0.", start(), Shape{5});
    output = layer->build(example, condition, scope);
    std::vector<Parameter*> parameters;
    for (const auto& parameter : registrar.parameters()) parameters.push_back(parameter.get());
    arena = std::make_unique<chain::Arena>(std::move(parameters));
    for (const auto& parameter : registrar.parameters()) {
      RandomStream random(stream_key(seed, parameter->name));
      parameter->initializer(parameter->value, parameter->fan, random);
    }
    for (const auto& buffer : registrar.buffers()) {
      RandomStream random(stream_key(seed, buffer->name()));
      buffer->initialize(random);
    }
  }

  void move_parameters() {
    for (Parameter* parameter : arena->parameters()) {
      Tensor noise = Tensor::empty(parameter->shape);
      RandomStream(stream_key(1, "conformance/" + parameter->name)).normal(noise.data(), noise.size());
      for (std::int64_t i = 0; i < noise.size(); ++i)
        parameter->value.data()[i] += Scalar(0.1) * noise.data()[i];
    }
  }

  Variable examples(std::int64_t count = batch_size) const {
    Tensor x = Tensor::empty(input.batch(count));
    RandomStream(stream_key(1, "conformance/examples")).normal(x.data(), x.size());
    return x;
  }

  Variable forward(const Variable& x, Mode mode, BufferUpdates updates = BufferUpdates::none) {
    Pass pass(mode, 1, 1, 0, updates);
    return layer->forward(x, conditions(x.shape()[0]), pass);
  }

  Variable conditions(std::int64_t count) const {
    if (condition.rank() == 0) return {};
    Tensor y = Tensor::empty(condition.batch(count));
    RandomStream(stream_key(1, "conformance/conditions")).normal(y.data(), y.size());
    return y;
  }

  Shape input, output, condition;
  Registrar registrar;
  std::shared_ptr<Layer> layer;
  std::unique_ptr<chain::Arena> arena;
};

/// Calls look(example shape) for every shape that the layer builds on; at least one.
template <class Look>
Finding on_every_shape(const Subject& subject, Look&& look) {
  std::vector<std::string> built, refused;
  for (const Shape& example : example_shapes) {
    try {
      BuiltLayer(subject, subject.options, example);
    } catch (const Error& error) {
      refused.push_back(fmt::format("{} ({})", example.text(), error.what()));
      continue;
    }
    built.push_back(example.text());
    if (const std::string wrong = look(example); !wrong.empty())
      return failed(fmt::format("on examples of shape {}: {}", example.text(), wrong));
  }
  if (built.empty())
    return failed(fmt::format("it builds on none of the suite's shapes; refused: {}", join(refused, "; ")));
  return passed("on " + join(built) + (refused.empty() ? "" : "; refused: " + join(refused, "; ")));
}

Finding has_right_shapes(const Subject& subject) {
  return on_every_shape(subject, [&](const Shape& example) -> std::string {
    BuiltLayer built(subject, subject.options, example);
    for (const std::int64_t count : {2, 3, 128})
      for (const Mode mode : {Mode::training, Mode::evaluation}) {
        const Variable y = built.forward(built.examples(count), mode);
        if (!(y.shape() == built.output.batch(count)))
          return fmt::format("build() promises {}, but forward() gives {} for {} examples",
                             built.output.text(), y.shape().text(), count);
        for (const Scalar number : y.value().values())
          if (!std::isfinite(number)) return fmt::format("forward() gives {}", number);
      }
    return "";
  });
}

Finding has_right_gradients(const Subject& subject) {
  return on_every_shape(subject, [&](const Shape& example) -> std::string {
    BuiltLayer built(subject, subject.options, example);
    built.move_parameters();
    std::vector<Variable> inputs = built.arena->variables();
    inputs.push_back(Variable::leaf(built.examples().value()));
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      const std::string text =
          gradient_mismatch([&] { return mean(square(built.forward(inputs.back(), mode) + 0.3)); }, inputs);
      if (!text.empty())
        return fmt::format("in {} mode: {}", mode == Mode::training ? "training" : "evaluation", text);
    }
    return "";
  });
}

Finding starts_from_seed(const Subject& subject) {
  return on_every_shape(subject, [&](const Shape& example) -> std::string {
    const auto values = [&] {
      const BuiltLayer built(subject, subject.options, example);
      return built.arena->values().to_doubles();
    };
    const std::vector<double> expected = values();
    for (const double value : expected)
      if (!std::isfinite(value)) return fmt::format("a parameter starts at {}", value);
    return first_difference(expected, values()) ? "the same seed gives other first values" : "";
  });
}

Finding treats_examples_alone(const Subject& subject) {
  return on_every_shape(subject, [&](const Shape& example) -> std::string {
    BuiltLayer built(subject, subject.options, example);
    const Variable x = built.examples();
    Tensor changed = x.value().clone();
    changed.row_range(1, 2).fill(0.7);
    const auto first_row = [&](const Variable& batch, Mode mode) {
      return built.forward(batch, mode).value().row_range(0, 1).to_doubles();
    };
    if (first_difference(first_row(x, Mode::evaluation), first_row(changed, Mode::evaluation)))
      return "in evaluation mode the result for one example depends on another example";
    const bool mixes =
        first_difference(first_row(x, Mode::training), first_row(changed, Mode::training)).has_value();
    if (mixes != built.layer->mixes_examples())
      return fmt::format(
          "mixes_examples() is {}, but in training mode the result for one example {} on others",
          built.layer->mixes_examples(), mixes ? "depends" : "does not depend");
    return "";
  });
}

Finding applies_activations(const Subject& subject) {
  bool absorbs = false;
  Finding finding = on_every_shape(subject, [&](const Shape& example) -> std::string {
    BuiltLayer plain(subject, subject.options, example), with_tanh(subject, subject.options, example);
    if (!with_tanh.layer->absorb({Activation::tanh})) return "";
    absorbs = true;
    const Variable x = plain.examples();
    const std::vector<double> expected = tanh(plain.forward(x, Mode::evaluation)).value().to_doubles();
    const std::vector<double> seen = with_tanh.forward(x, Mode::evaluation).value().to_doubles();
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(expected[i] - seen[i]) < 1e-5))
        return fmt::format("with an absorbed tanh it gives {}, not {}", seen[i], expected[i]);
    return "";
  });
  if (finding.outcome == Outcome::passed && !absorbs)
    return not_applicable("it leaves activations to the layer after it");
  return finding;
}

Finding stages_buffers(const Subject& subject) {
  bool any = false;
  Finding finding = on_every_shape(subject, [&](const Shape& example) -> std::string {
    BuiltLayer built(subject, subject.options, example);
    const auto buffers = [&] {
      std::vector<double> all;
      for (const auto& buffer : built.registrar.buffers())
        for (const double number : buffer->value().to_doubles()) all.push_back(number);
      return all;
    };
    any = any || !built.registrar.buffers().empty();
    const std::vector<double> before = buffers();
    built.forward(built.examples(), Mode::training, BufferUpdates::staged);
    if (first_difference(before, buffers())) return "a training pass writes a buffer instead of staging it";
    for (const auto& buffer : built.registrar.buffers()) buffer->commit();
    const std::vector<double> after = buffers();
    built.forward(built.examples(), Mode::evaluation, BufferUpdates::staged);
    for (const auto& buffer : built.registrar.buffers()) buffer->commit();
    return first_difference(after, buffers()) ? "an evaluation pass stages a buffer" : "";
  });
  if (finding.outcome == Outcome::passed && !any) return not_applicable("it has no buffers");
  return finding;
}

Finding options_change_results(const Subject& subject) {
  return options_have_effects(subject, [&](const Value& section) {
    std::vector<double> all;
    bool built_once = false;
    std::optional<Error> refusal;
    for (const Shape& example : example_shapes) {
      try {
        BuiltLayer built(subject, section, example);
        built.move_parameters();
        built_once = true;
        for (const Mode mode : {Mode::training, Mode::evaluation}) {
          const Variable y = built.forward(
              built.examples(), mode, mode == Mode::training ? BufferUpdates::staged : BufferUpdates::none);
          for (const std::int64_t extent : y.shape().extents()) all.push_back(static_cast<double>(extent));
          for (const double number : y.value().to_doubles()) all.push_back(number);
          for (const auto& buffer : built.registrar.buffers()) buffer->commit();
        }
      } catch (const Error& error) {
        refusal = error;
      }
    }
    if (!built_once) throw *refusal;
    return all;
  });
}

}  // namespace

std::span<const Check> layer_checks() {
  static constexpr std::array all = {
      Check{"shapes", "forward() gives the shape that build() promises, for any batch size",
            has_right_shapes},
      Check{"gradients", "the gradients are those of the values, of parameters and of the input",
            has_right_gradients},
      Check{"initialization", "the same seed gives the same first values, all finite", starts_from_seed},
      Check{"examples", "examples are independent where mixes_examples() says so, and always in evaluation",
            treats_examples_alone},
      Check{"activation", "an absorbed activation gives what the activation's own layer would",
            applies_activations},
      Check{"buffers", "buffers are staged in training passes, and only there", stages_buffers},
      Check{"options", "every option changes what the layer computes", options_change_results},
  };
  return all;
}

}  // namespace descent::conformance
