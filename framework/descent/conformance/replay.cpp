#include "descent/conformance/replay.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/archive/npz_file.hpp"
#include "descent/base/text.hpp"
#include "descent/chain/chain_runner.hpp"

namespace descent::conformance {

namespace {

struct TracedParameter {
  std::string name;
  Shape shape;
  std::vector<double> start;
  std::vector<double> gradients, values;  // (steps, …)
};

struct Trace {
  std::vector<TracedParameter> parameters;
  std::int64_t steps = 0;
};

using archive::NpzFile;

// The numbers of an array of `shape` at every step: (steps, …).
std::vector<double> steps_of(const NpzFile& file, const std::string& name, const Shape& shape,
                             std::int64_t& steps) {
  const ElementArray array = file.array(name);
  if (steps == 0 && !array.extents.empty()) steps = array.extents[0];
  if (!array.extents.empty() && array.extents[0] == 0)
    throw Error(fmt::format("trace: the array '{}' has no step", name));
  if (!(Shape(std::span<const std::int64_t>(array.extents)) == shape.batch(steps)))
    throw Error(fmt::format("trace: the array '{}' has the shape {}, not {}: (steps, …) of its start", name,
                            Shape(std::span<const std::int64_t>(array.extents)).text(),
                            shape.batch(steps).text()));
  return array.numbers();
}

Trace read_trace(const std::filesystem::path& path) {
  const NpzFile file(path);
  Trace trace;
  for (const std::string& name : file.names()) {
    if (!name.ends_with("/start")) continue;
    const ElementArray start = file.array(name);
    TracedParameter parameter;
    parameter.name = name.substr(0, name.size() - std::string_view("/start").size());
    if (start.extents.size() >= Shape::max_rank)
      throw Error(fmt::format("trace: '{}' has more than {} dimensions", name, Shape::max_rank - 1));
    parameter.shape = Shape(std::span<const std::int64_t>(start.extents));
    if (parameter.shape.size() == 0) throw Error(fmt::format("trace: '{}' holds no number", name));
    parameter.start = start.numbers();
    parameter.gradients = steps_of(file, parameter.name + "/gradient", parameter.shape, trace.steps);
    parameter.values = steps_of(file, parameter.name + "/value", parameter.shape, trace.steps);
    trace.parameters.push_back(std::move(parameter));
  }
  if (trace.parameters.empty())
    throw Error(
        fmt::format("{}: this is no trace: it holds no array 'NAME/start' (it holds {}); "
                    "tools/python/record_trace.py writes traces",
                    path.string(), join(file.names())));
  return trace;
}

/// `matrix[4, 2]`
std::string element_text(const TracedParameter& parameter, std::int64_t element) {
  std::vector<std::string> indices;
  for (std::size_t d = parameter.shape.rank(); d-- > 0;) {
    indices.insert(indices.begin(), std::to_string(element % parameter.shape[d]));
    element /= parameter.shape[d];
  }
  return fmt::format("{}[{}]", parameter.name, join(indices));
}

/// Drops the parameters that the rule refuses; gives their names.
std::vector<std::string> drop_refused(Trace& trace, const Optimizer& rule) {
  std::vector<std::string> dropped;
  std::erase_if(trace.parameters, [&](const TracedParameter& traced) {
    Parameter parameter;
    parameter.name = "trace." + traced.name;
    parameter.group = "trace";
    parameter.shape = traced.shape;
    const bool refused = !rule.accepts(parameter);
    if (refused) dropped.push_back(traced.name);
    return refused;
  });
  return dropped;
}

/// The rule alone, on the parameters of a trace.
class TracePlayer {
 public:
  TracePlayer(const Subject& subject, const Trace& trace)
      : arena_(registered(trace)), specs_(chain_of(subject)), chains_(specs_, problems_) {
    for (Parameter* parameter : arena_.parameters()) {
      RandomStream unused(0);
      parameter->initialize(unused);
    }
    units_ = chains_.cover("trace", arena_, problems_);
    problems_.throw_if_any();
    runner_.emplace(arena_, units_, 1);
    if (runner_->probes())
      throw Error(fmt::format("{} asks for a second gradient in every step, which no trace holds",
                              subject.plugin->title()));
  }

  /// The values afterwards are those of the arena's parameters.
  void play(const Trace& trace, std::int64_t step) {
    for (const auto& [name, schedule] : chains_.schedules()) schedule->evaluate(step);
    for (std::size_t p = 0; p < trace.parameters.size(); ++p) {
      Tensor& gradient = arena_.gradient_views()[p];
      const double* recorded = trace.parameters[p].gradients.data() + (step - 1) * gradient.size();
      for (std::int64_t i = 0; i < gradient.size(); ++i)
        gradient.data()[i] = static_cast<Scalar>(recorded[i]);
    }
    runner_->update(step, 0, {});
  }
  const Tensor& value(std::size_t parameter) const { return arena_.parameters()[parameter]->value; }

 private:
  std::vector<Parameter*> registered(const Trace& trace) {
    std::vector<Parameter*> parameters;
    for (const TracedParameter& traced : trace.parameters)
      parameters.push_back(
          &registrar_.parameter("trace", traced.name, traced.shape, initialize::values(traced.start)));
    return parameters;
  }
  static std::vector<experiment::ChainSpec> chain_of(const Subject& subject) {
    experiment::Rule rule;
    rule.plugin = subject.plugin;
    rule.name = subject.plugin->info().name;
    rule.section = subject.options;
    experiment::ChainSpec chain;
    chain.rules.push_back(std::move(rule));
    return {std::move(chain)};
  }

  Registrar registrar_;
  chain::Arena arena_;
  std::vector<experiment::ChainSpec> specs_;
  Diagnostics problems_;
  chain::ChainTable chains_;
  std::vector<chain::ChainUnit> units_;
  std::optional<chain::ChainRunner> runner_;
};

}  // namespace

Finding replay(const Subject& subject, const std::filesystem::path& path, double tolerance) {
  Trace trace = read_trace(path);
  Diagnostics problems;
  const auto rule = subject.plugin->create<Optimizer>(subject.options, problems);
  problems.throw_if_any();
  const std::vector<std::string> dropped = drop_refused(trace, *rule);
  if (trace.parameters.empty())
    throw Error(
        fmt::format("{} takes none of the trace's parameters: {}", subject.plugin->title(), join(dropped)));
  TracePlayer player(subject, trace);
  double largest = 0;
  for (std::int64_t step = 1; step <= trace.steps; ++step) {
    player.play(trace, step);
    for (std::size_t p = 0; p < trace.parameters.size(); ++p) {
      const TracedParameter& traced = trace.parameters[p];
      const std::int64_t size = traced.shape.size();
      for (std::int64_t i = 0; i < size; ++i) {
        const double here = static_cast<double>(player.value(p).data()[i]);
        const double there = static_cast<double>(
            static_cast<Scalar>(traced.values[static_cast<std::size_t>((step - 1) * size + i)]));
        const double deviation = std::abs(here - there) / std::max(1.0, std::abs(there));
        largest = std::max(largest, deviation);
        if (deviation <= tolerance) continue;
        return failed(
            fmt::format("step {} of {}, {}: {} here, {} in the trace (deviation {:.1e}, tolerance "
                        "{:g}; the deviation is |here - there| / max(1, |there|))",
                        step, trace.steps, element_text(traced, i), static_cast<Scalar>(here),
                        static_cast<Scalar>(there), deviation, tolerance));
      }
    }
  }
  return passed(fmt::format("{} steps of {} parameters agree to {:g} (largest deviation {:.1e}){}",
                            trace.steps, trace.parameters.size(), tolerance, largest,
                            dropped.empty() ? "" : "; left out, as the rule refuses them: " + join(dropped)));
}

}  // namespace descent::conformance
