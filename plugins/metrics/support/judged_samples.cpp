#include "judged_samples.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/checksum.hpp"

namespace descent {

void JudgedSamples::check(const Model& model, const Dataset& dataset) const {
  const auto& generative = role<Generative>(model);
  const std::string name = field.empty() ? generative.fields().front() : field;
  const auto made = std::find(generative.fields().begin(), generative.fields().end(), name);
  if (made == generative.fields().end())
    throw Error(std::string(title()) + " looks at the field '" + name + "', which the model does not make");
  place_ = static_cast<std::size_t>(made - generative.fields().begin());
  classifier_ = std::make_unique<FixedNetwork>(layers, find_field(dataset.fields(), name).shape,
                                               Shape{classes}, group, weights);
}

std::string JudgedSamples::note() const {
  const std::string of = "of " + std::to_string(samples) + " samples";
  if (weights.empty()) return of;
  return of + ", judged by " + weights.filename().string() + ", SHA-256 " + sha256_of_file(weights);
}

void JudgedSamples::each_sample(Generative& model, MetricContext& context,
                                const std::function<void(const Judgment&)>& look) const {
  for (std::int64_t begin = 0; begin < samples; begin += context.batch_size()) {
    const std::int64_t count = std::min(context.batch_size(), samples - begin);
    const Values y = context.conditions(begin, count);
    const Variable z = model.draw_latent(count, y, context.pass());
    const Variable made = model.from_latent(z, y, Show::mean, context.pass())[place_];
    const Tensor log_probabilities = log_softmax((*classifier_)(made)).value();
    for (std::int64_t row = 0; row < count; ++row) {
      const Scalar* first = log_probabilities.data() + row * classes;
      const Scalar* largest = std::max_element(first, first + classes);
      look({largest - first, std::exp(static_cast<double>(*largest)), y, row});
    }
  }
}

}  // namespace descent
