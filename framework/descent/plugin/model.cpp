#include "descent/plugin/model.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"

namespace descent {

Model::~Model() = default;
void Model::initialize(const Batch&, Pass&) {}

Generative::~Generative() = default;
LatentVariableModel::~LatentVariableModel() = default;
AdversarialModel::~AdversarialModel() = default;
Predictor::~Predictor() = default;
Point::~Point() = default;

const std::vector<std::string>& Generative::condition_fields() const {
  static const std::vector<std::string> none;
  return none;
}
Variable Generative::codes(const Values&, const Values&, Pass&) {
  return {};
}
// NOLINTNEXTLINE(performance-unnecessary-value-param): overriding functions keep it
void Generative::set_sampler(DistributionPtr) {}

Variable Predictor::features(const Values& x, Pass& pass) {
  const Node* const tapped_before = pass.tapped().node();
  predict(x, pass);
  if (!pass.tapped().defined() || pass.tapped().node() == tapped_before)
    throw Error("the predictor gives no features: none of its layers says 'tap: true'");
  return pass.tapped();
}

DistributionPtr LatentVariableModel::prior(std::int64_t rows, const Values&, Pass&) {
  return Normal::standard(latent_shape().batch(rows));
}

Variable LatentVariableModel::draw_latent(std::int64_t count, const Values& y, Pass& pass) {
  if (sampler_) return reshape(sampler_->repeat(count)->sample(pass, "latent"), latent_shape().batch(count));
  const DistributionPtr p = prior(count, y, pass);
  if (p == nullptr)
    throw Error(
        "the model has no prior, so that there is nothing to draw latent points from; fit a sampler to the "
        "codes of "
        "the trained model with 'descent fit-sampler RUN', and use its '--checkpoint sampler'");
  return p->sample(pass, "latent");
}

Variable LatentVariableModel::codes(const Values& x, const Values& y, Pass& pass) {
  const DistributionPtr posterior = encode(x, y, pass);
  const Variable mean = posterior->mean(pass);
  const Variable z = mean.defined() ? mean : posterior->sample(pass, "latent");
  return reshape(z, {z.shape()[0], latent_shape().size()});
}

Values LatentVariableModel::from_latent(const Variable& z, const Values& y, Show show, Pass& pass) {
  const DistributionPtr decoded = decode(z, y, pass);
  Values shown;
  for (std::size_t i = 0; i < decoded->parts(); ++i) {
    const Distribution& part = decoded->part(i);
    const Variable mean = show == Show::mean ? part.mean(pass) : Variable();
    shown.append(mean.defined() ? mean : part.sample(pass, "data"));
  }
  return shown;
}

namespace {

void add_fields(const std::string& function, const std::vector<std::string>& fields, const Values& values,
                const Batch& batch, NamedOutputs& outputs) {
  for (std::size_t i = 0; i < values.size(); ++i)
    outputs.add(function + " (" + fields.at(i) + ")", values[i],
                find_field(batch.fields(), fields.at(i)).shape.batch(batch.size()));
}

void add_latent(LatentVariableModel& model, const Batch& batch, Pass& pass, NamedOutputs& outputs) {
  const std::int64_t rows = batch.size();
  const Values x = batch.values(model.fields()), y = batch.values(model.condition_fields());
  const Draw z = model.encode(x, y, pass)->draw(pass, "latent");
  outputs.add("a draw from encode", z.value, model.latent_shape().batch(rows));
  if (z.log_prob.defined()) outputs.add("its log density", z.log_prob, {rows});
  if (const DistributionPtr prior = model.prior(rows, y, pass))
    outputs.add("the prior's log density", prior->log_prob(z.value, pass), {rows});
  outputs.add("the log likelihood of decode", log_prob(*model.decode(z.value, y, pass), x, pass), {rows});
}

void add_adversarial(AdversarialModel& model, const Batch& batch, Pass& pass, NamedOutputs& outputs) {
  const std::int64_t rows = batch.size() / model.packing();
  const DiscriminatorOutput output =
      model.discriminate(batch.values(model.fields()), batch.values(model.condition_fields()), pass);
  outputs.add("discriminate", output.logits, {rows});
  if (output.features.defined()) outputs.add_rows("discriminate's features", output.features, rows);
  if (output.classes.defined()) outputs.add_rows("discriminate's classes", output.classes, rows);
}

}  // namespace

void Model::outputs(const Batch& batch, Pass& pass, NamedOutputs& outputs) {
  const std::int64_t rows = batch.size();
  if (auto* latent = dynamic_cast<LatentVariableModel*>(this)) add_latent(*latent, batch, pass, outputs);
  if (auto* generative = dynamic_cast<Generative*>(this)) {
    const Values y = batch.values(generative->condition_fields());
    const Variable z = generative->can_draw()
                           ? generative->draw_latent(rows, y, pass)
                           : generative->codes(batch.values(generative->fields()), y, pass);
    add_fields("from_latent", generative->fields(), generative->from_latent(z, y, Show::mean, pass), batch,
               outputs);
  }
  if (auto* gan = dynamic_cast<AdversarialModel*>(this)) add_adversarial(*gan, batch, pass, outputs);
  if (auto* predictor = dynamic_cast<Predictor*>(this)) {
    const Values predictions = predictor->predict(batch.values(predictor->input_fields()), pass);
    for (std::size_t i = 0; i < predictions.size(); ++i)
      outputs.add_rows("predict (" + predictor->target_fields().at(i) + ")", predictions[i], rows);
  }
  if (auto* point = dynamic_cast<Point*>(this))
    for (const Parameter* vector : point->vectors())
      outputs.add("vector '" + vector->name + "'", vector->variable, Shape{vector->shape.size()});
  if (pass.tapped().defined()) outputs.add_rows("features", pass.tapped(), pass.tapped().shape()[0]);
}

std::int64_t examples_at_once(const Model& model) {
  const auto* adversarial = dynamic_cast<const AdversarialModel*>(&model);
  return adversarial == nullptr ? 1 : adversarial->packing();
}

const Parameter& only_vector(const Point& point, std::string_view function) {
  if (point.vectors().size() != 1)
    throw Error(
        fmt::format("{} is a function of one vector, but the point has {}; start it as one list of "
                    "numbers",
                    function, point.vectors().size()));
  return *point.vectors()[0];
}

}  // namespace descent
