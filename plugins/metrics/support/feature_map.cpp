#include "feature_map.hpp"

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "judge.hpp"

namespace descent {

namespace {

// The fields that a run's model sees when it is asked for features.
const std::vector<std::string>& fields_seen(Model& model, const std::string& path) {
  if (const auto* predictor = dynamic_cast<Predictor*>(&model)) return predictor->input_fields();
  if (const auto* gan = dynamic_cast<AdversarialModel*>(&model)) {
    if (!gan->condition_fields().empty() || gan->packing() > 1)
      throw Error(
          "the discriminator of the run '" + path +
          "' sees a condition or several examples at once, so that one example has no features there");
    return gan->fields();
  }
  throw Error("the run '" + path +
              "' has no features: its model is neither a predictor nor has a discriminator");
}

}  // namespace

FeatureMap::FeatureMap(NetworkSpec& layers, const Shape& input, const std::string& group,
                       const std::filesystem::path& file)
    : network_(
          std::make_shared<FixedNetwork>(layers, input, FixedNetwork::output_in(file, group), group, file)) {}

FeatureMap::FeatureMap(const RunReference& run, const Field& field) : run_(run.run) {
  const std::string path = run.path.string();
  const std::vector<std::string>& seen = fields_seen(run_->model(), path);
  if (seen.size() != 1)
    throw Error("the model of the run '" + path + "' looks at several fields: " + join(seen) +
                "; features are of one");
  require_same_field(run, seen[0], field);
}

Tensor FeatureMap::operator()(const Variable& x, Pass& pass) const {
  Variable features = x;
  if (network_) features = network_->features(x);
  if (run_) {
    if (auto* predictor = dynamic_cast<Predictor*>(&run_->model()))
      features = predictor->features(x, pass);
    else
      features = role<AdversarialModel>(run_->model()).discriminate(x, {}, pass).features;
    if (!features.defined()) throw Error("the discriminator of the run gives no features");
  }
  return features.value().reshaped({features.value().rows(), features.value().columns()});
}

}  // namespace descent
