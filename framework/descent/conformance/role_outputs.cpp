#include "descent/conformance/role_outputs.hpp"

#include "descent/base/random.hpp"
#include "descent/base/text.hpp"

namespace descent::conformance {

namespace {

Variable condition_of(const Batch& batch, const std::string& field) {
  return field.empty() ? Variable() : batch[field];
}

}  // namespace

std::vector<RoleOutput> role_outputs(Model& model, const Batch& batch, Pass& pass) {
  std::vector<RoleOutput> outputs;
  const std::int64_t size = batch.size();
  if (auto* latent = dynamic_cast<LatentVariableModel*>(&model)) {
    const Variable& x = batch[latent->modeled_field()];
    const Variable y = condition_of(batch, latent->condition_field());
    const DiagonalNormal posterior = latent->encode(x, y, pass);
    const Shape promised = latent->latent_shape().batch(size);
    outputs.push_back({"encode's mean", posterior.mean, promised});
    outputs.push_back({"encode's log variance", posterior.log_variance, promised});
    const Variable z = pass.normal("conformance/latent", promised);
    outputs.push_back({"decode", latent->decode(z, y, pass), x.shape()});
  }
  if (auto* gan = dynamic_cast<AdversarialModel*>(&model)) {
    const Variable& x = batch[gan->modeled_field()];
    const Variable y = condition_of(batch, gan->condition_field());
    const Variable z = pass.normal("conformance/noise", gan->latent_shape().batch(size));
    outputs.push_back({"generate", gan->generate(z, y, pass), x.shape()});
    outputs.push_back({"discriminate", gan->discriminate(x, y, pass), Shape{size}});
  }
  if (auto* predictor = dynamic_cast<Predictor*>(&model))
    outputs.push_back({"predict", predictor->predict(batch[predictor->input_field()], pass), {}, true});
  if (auto* point = dynamic_cast<Point*>(&model))
    for (const Parameter* vector : point->vectors())
      outputs.push_back({"vector '" + vector->name + "'", vector->variable, Shape{vector->shape.size()}});
  return outputs;
}

std::string role_names(const Model& model) {
  std::vector<std::string> names;
  if (dynamic_cast<const LatentVariableModel*>(&model) != nullptr)
    names.emplace_back(LatentVariableModel::role_name);
  if (dynamic_cast<const AdversarialModel*>(&model) != nullptr)
    names.emplace_back(AdversarialModel::role_name);
  if (dynamic_cast<const Predictor*>(&model) != nullptr) names.emplace_back(Predictor::role_name);
  if (dynamic_cast<const Point*>(&model) != nullptr) names.emplace_back(Point::role_name);
  return join(names);
}

Batch made_up_batch(const Fields& fields, std::int64_t size, const std::string& name) {
  Batch batch(fields, size);
  batch.resize(size);
  for (const Field& field : fields) {
    Tensor rows = batch.rows(field.name);
    RandomStream random(stream_key(1, "conformance/" + name + "/" + field.name));
    if (field.classes > 0) {
      for (std::int64_t i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<Scalar>(i % field.classes);
    } else if (field.low < field.high) {
      random.uniform(rows.data(), rows.size());
      for (Scalar& number : rows.values())
        number = static_cast<Scalar>(field.low + (field.high - field.low) * static_cast<double>(number));
    } else {
      random.normal(rows.data(), rows.size());
    }
  }
  return batch;
}

}  // namespace descent::conformance
