#include "judged_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "judge.hpp"

namespace descent {

namespace {

// A network may hide what is not: of a number that is none, `relu` may make 0.
bool is_finite(const Tensor& x) {
  return std::all_of(x.values().begin(), x.values().end(),
                     [](Scalar number) { return std::isfinite(number); });
}

}  // namespace

void JudgedSamples::check(const Model& model, const Dataset& dataset) const {
  const auto& generative = role<Generative>(model);
  const std::string name = field.empty() ? generative.fields().front() : field;
  const auto made = std::find(generative.fields().begin(), generative.fields().end(), name);
  if (made == generative.fields().end())
    throw Error(std::string(title()) + " looks at the field '" + name + "', which the model does not make");
  place_ = static_cast<std::size_t>(made - generative.fields().begin());
  const Field data = find_field(dataset.fields(), name);
  if (weights.empty() == run.path.empty())
    throw Error(
        fmt::format("{} asks a classifier: give the one of a finished run, 'run', or of arrays, 'weights'{}",
                    title(), weights.empty() ? "" : ", not both"));
  require_file(title(), "weights", weights);
  if (!weights.empty())
    classifier_ = std::make_unique<FixedNetwork>(layers, data.shape, Shape{classes}, group, weights);
  if (run.run) check_run(data);
}

void JudgedSamples::check_run(const Field& data) const {
  const auto* predictor = dynamic_cast<const Predictor*>(&run.run->model());
  if (predictor == nullptr || predictor->input_fields().size() != 1 || predictor->target_fields().size() != 1)
    throw Error(
        fmt::format("{} needs a run whose model predicts the class of one field, such as 'mlp'; that of '{}' "
                    "does not",
                    title(), run.path.string()));
  require_same_field(run, predictor->input_fields()[0], data);
  const std::int64_t theirs = find_field(run.run->fields(), predictor->target_fields()[0]).classes;
  if (theirs != classes)
    throw Error(fmt::format("{}: 'classes' is {}, but the classifier of the run '{}' tells {} apart", title(),
                            classes, run.path.string(), theirs));
}

std::string JudgedSamples::note() const {
  const std::string of = fmt::format("of {} samples", samples);
  if (!run.path.empty()) return of + ", judged by " + run_note(run);
  if (!weights.empty()) return of + ", judged by " + file_note(weights);
  return of;
}

Variable JudgedSamples::logits(const Variable& x, Pass& pass) const {
  if (classifier_) return (*classifier_)(x);
  const Values predicted = role<Predictor>(run.run->model()).predict(x, pass);
  return reshape(predicted[0], {x.shape()[0], classes});
}

bool JudgedSamples::each_sample(Generative& model, MetricContext& context,
                                const std::function<void(const Judgment&)>& look) const {
  for (std::int64_t begin = 0; begin < samples; begin += context.batch_size()) {
    const std::int64_t count = std::min(context.batch_size(), samples - begin);
    const Values y = context.conditions(begin, count);
    const Variable z = model.draw_latent(count, y, context.pass());
    const Variable made = model.from_latent(z, y, Show::mean, context.pass())[place_];
    if (!is_finite(made.value())) return false;
    const Tensor log_probabilities = log_softmax(logits(made, context.pass())).value();
    for (std::int64_t row = 0; row < count; ++row) {
      const Scalar* first = log_probabilities.data() + row * classes;
      const Scalar* largest = std::max_element(first, first + classes);
      if (!std::isfinite(*largest)) return false;
      look({largest - first, std::exp(static_cast<double>(*largest)), y, row});
    }
  }
  return true;
}

}  // namespace descent
