#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/train/training.hpp"

// How a Training is measured: metrics and samples, outside of the training step.
namespace descent::train {

/// While it lives, the values are those where the chains want to be looked at.
class Training::AtEvaluationPoint {
 public:
  explicit AtEvaluationPoint(Training& training) : training_(training) {
    training_.source_->wait();  // the data set may be read here
    for (std::size_t p = 0; p < training_.runners_.size(); ++p) {
      if (!training_.runners_[p]->has_evaluation_point()) continue;
      training_.saved_values_[p].copy_from(training_.arenas_[p]->values());
      training_.runners_[p]->write_evaluation_point(training_.step_);
    }
  }
  ~AtEvaluationPoint() {
    for (std::size_t p = 0; p < training_.runners_.size(); ++p)
      if (training_.runners_[p]->has_evaluation_point()) training_.restore_values(p);
  }
  AtEvaluationPoint(const AtEvaluationPoint&) = delete;
  AtEvaluationPoint& operator=(const AtEvaluationPoint&) = delete;

 private:
  Training& training_;
  NoGrad no_grad_;
};

/// What a metric may look at.
class Training::EvaluationContext final : public MetricContext {
  // What the data set throws is not the metric's.
  template <class Use>
  auto at_work(Use&& use) const {
    const experiment::PluginUse& data = *training_.experiment_.dataset;
    return guarded_at_work(*data.plugin, data.location(),
                           [&] { return use(std::as_const(*training_.dataset_)); });
  }

 public:
  EvaluationContext(Training& training, const MetricInstance& metric)
      : training_(training),
        metric_(metric),
        seed_(stream_key(training.experiment_.seed, "metric/" + metric.name)),
        pass_(Mode::evaluation, seed_, training.step_, 0, false) {}

  const Dataset& dataset() const override {
    if (!training_.dataset_) throw Error("the experiment has no data set");
    return *training_.dataset_;
  }
  const Fields& fields() const override { return training_.fields_; }
  std::int64_t batch_size() const override { return metric_.batch_size; }
  Pass& pass() override { return pass_; }

  void each_batch(std::int64_t examples, const std::function<void(const Batch&)>& look) override {
    if (!training_.dataset_) return look(training_.batches_[0]);
    Batch batch(training_.fields_, metric_.batch_size);
    const std::optional<std::int64_t> size = split_size();
    for (std::int64_t begin = 0; begin < size.value_or(examples); begin += metric_.batch_size) {
      const std::int64_t count = std::min(metric_.batch_size, size.value_or(examples) - begin);
      batch.resize(count);
      if (size) {
        fill(begin, count, batch);
      } else {
        RandomStream random = pass_.random("data");
        at_work([&](const Dataset& dataset) { dataset.sample(metric_.split, random, batch); });
      }
      look(batch);
    }
  }

  std::vector<std::string> losses() const override {
    std::vector<std::string> names;
    for (const LossInstance& item : training_.game_->items()) names.push_back(item.name);
    return names;
  }

  std::vector<TermMean> evaluate_losses(const Batch& batch) override {
    std::vector<TermMean> means;
    // Each batch draws its own noise.
    const Game::PassCounters counters{Mode::evaluation, seed_, training_.step_, evaluation_++, false, true};
    for (GamePlayer player : training_.game_->players()) {
      training_.game_->evaluate(player, *training_.model_, training_.registrar_, batch, counters, true);
      for (const GameTerm& term : player.terms)
        means.push_back({player.name, training_.game_->items()[term.item].name, term.spec.name, term.mean,
                         term.weight, term.spec.minimized});
    }
    return means;
  }

 private:
  std::optional<std::int64_t> split_size() const {
    if (metric_.split == Split::test)
      return at_work([&](const Dataset& dataset) { return dataset.size(metric_.split); });
    if (training_.sampler_->endless()) return std::nullopt;
    return std::ssize(examples_of_training());
  }

  // Those that are trained on, or those set aside for validation: indices of the data set's training split.
  std::span<const std::int64_t> examples_of_training() const {
    const data::Sampler& sampler = *training_.sampler_;
    return metric_.split == Split::validation ? sampler.validation_indices() : sampler.training_indices();
  }

  void fill(std::int64_t begin, std::int64_t count, Batch& batch) {
    if (metric_.split != Split::test) {
      const auto part =
          examples_of_training().subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
      at_work([&](const Dataset& dataset) { dataset.fill(Split::train, part, batch); });
      return;
    }
    indices_.resize(static_cast<std::size_t>(count));
    std::iota(indices_.begin(), indices_.end(), begin);
    at_work([&](const Dataset& dataset) { dataset.fill(metric_.split, indices_, batch); });
  }

  Training& training_;
  const MetricInstance& metric_;
  std::uint64_t seed_;
  Pass pass_;
  std::vector<std::int64_t> indices_;
  std::int64_t evaluation_ = 0;
};

std::vector<double> Training::measure(const MetricInstance& metric) {
  const AtEvaluationPoint here(*this);
  EvaluationContext context(*this, metric);
  const auto values = guarded_at_work(*metric.plugin, metric.location,
                                      [&] { return metric.metric->measure(*model_, context); });
  if (values.size() != metric.measures.size())
    throw RunError(fmt::format("{}: metric '{}' declared {} measures and gave {}", metric.location.text(),
                               metric.name, metric.measures.size(), values.size()));
  return values;
}

namespace {

// The model as a generator of samples: its field, and samples for latent points.
struct Generative {
  std::string field, condition;
  Shape latent;
  std::function<Variable(const Variable& z, const Variable& y, Pass& pass)> sample;
};

std::optional<Generative> as_generative(Model& model) {
  if (auto* gan = dynamic_cast<AdversarialModel*>(&model))
    return Generative{
        gan->modeled_field(), gan->condition_field(), gan->latent_shape(),
        [gan](const Variable& z, const Variable& y, Pass& pass) { return gan->generate(z, y, pass); }};
  if (auto* vae = dynamic_cast<LatentVariableModel*>(&model))
    return Generative{
        vae->modeled_field(), vae->condition_field(), vae->latent_shape(),
        [vae](const Variable& z, const Variable& y, Pass& pass) { return vae->decode(z, y, pass); }};
  return std::nullopt;
}

// Class indices in turn, so that a grid shows every class; the first is that of example `begin`.
Variable conditions(const Fields& fields, const std::string& name, std::int64_t count,
                    std::int64_t begin = 0) {
  if (name.empty()) return Variable();
  const std::int64_t classes = std::max<std::int64_t>(find_field(fields, name).classes, 1);
  Tensor y = Tensor::empty({count});
  for (std::int64_t i = 0; i < count; ++i) y.data()[i] = static_cast<Scalar>((begin + i) % classes);
  return Variable(y);
}

}  // namespace

const Field* Training::sample_field() const {
  const auto generative = as_generative(*model_);
  if (!generative) return nullptr;
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& f) { return f.name == generative->field; });
  return found == fields_.end() ? nullptr : &*found;
}

Tensor Training::generate(std::int64_t count) {
  const auto generative = as_generative(*model_);
  if (!generative) return Tensor();
  const AtEvaluationPoint here(*this);
  Pass pass(Mode::evaluation, stream_key(experiment_.seed, "samples"), 0, 0, false);
  Tensor all;
  constexpr std::int64_t at_once = 256;
  const Variable z = pass.normal("latent", generative->latent.batch(count));
  const Variable y = conditions(fields_, generative->condition, count);
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    const std::int64_t end = std::min(begin + at_once, count);
    const Variable part_of_y = y.defined() ? Variable(y.value().row_range(begin, end)) : Variable();
    const Tensor part = guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
      const Variable sample = generative->sample(z.value().row_range(begin, end), part_of_y, pass);
      return game_->items()[0].loss->likelihood_mean(sample).value();
    });
    if (!all.defined()) all = Tensor::empty(part.shape().row().batch(count));
    all.row_range(begin, end).copy_from(part);
  }
  return all;
}

void Training::generate(std::int64_t count, std::uint64_t seed, const TakeSamples& take) {
  const auto generative = as_generative(*model_);
  if (!generative)
    throw Error(
        fmt::format("{} generates no samples: it is neither a latent variable model nor an "
                    "adversarial one",
                    experiment_.model.plugin->title()));
  const AtEvaluationPoint here(*this);
  constexpr std::int64_t at_once = 256;
  const std::uint64_t key = stream_key(seed, "generate");
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    // Each batch is an evaluation of its own, and always a full one: kernels may round another size
    // otherwise.
    Pass pass(Mode::evaluation, key, 0, begin / at_once, false);
    const Variable z = pass.normal("latent", generative->latent.batch(at_once));
    const Variable y = conditions(fields_, generative->condition, at_once, begin);
    const Tensor all = guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
      return game_->items()[0].loss->likelihood_mean(generative->sample(z, y, pass)).value();
    });
    const std::int64_t wanted = std::min(at_once, count - begin);
    take(all.row_range(0, wanted), y.defined() ? y.value().row_range(0, wanted) : Tensor());
  }
}

}  // namespace descent::train
