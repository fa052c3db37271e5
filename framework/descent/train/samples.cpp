#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/data/transformed_dataset.hpp"
#include "descent/train/training.hpp"

// What a generative model makes: samples for the log, and new data.
namespace descent::train {

namespace {

constexpr std::int64_t at_once = 256;

Values rows_of(const Values& values, std::int64_t begin, std::int64_t end) {
  Values part;
  for (const Variable& value : values) part.append(value.value().row_range(begin, end));
  return part;
}

std::vector<Tensor> tensors_of(const Values& values, std::int64_t rows) {
  std::vector<Tensor> tensors;
  for (const Variable& value : values) tensors.push_back(value.value().row_range(0, rows));
  return tensors;
}

// Class indices in turn, so that a grid shows every class; the first is that of example `begin`.
Variable classes_in_turn(std::int64_t classes, std::int64_t begin, std::int64_t count) {
  Tensor y = Tensor::empty({count});
  for (std::int64_t i = 0; i < count; ++i) y.data()[i] = static_cast<Scalar>((begin + i) % classes);
  return Variable(y);
}

}  // namespace

Generative* Training::generative() const {
  return dynamic_cast<Generative*>(model_.get());
}

static std::vector<const Field*> called(const std::vector<std::string>& names, const Fields& fields) {
  std::vector<const Field*> found;
  for (const std::string& name : names) found.push_back(&find_field(fields, name));
  return found;
}

std::vector<const Field*> Training::sample_fields() const {
  const Generative* made = generative();
  return made == nullptr ? std::vector<const Field*>() : called(made->fields(), fields_);
}

std::vector<const Field*> Training::condition_fields() const {
  const Generative* made = generative();
  return made == nullptr ? std::vector<const Field*>() : called(made->condition_fields(), fields_);
}

// `count` rows of the data from example `begin` on, starting over at their end; of endless data, fresh examples.
Batch Training::data_rows(std::int64_t begin, std::int64_t count, Pass& pass) {
  Batch batch(fields_, count);
  const experiment::PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.location(), [&] {
    const Dataset& dataset = *dataset_;
    if (sampler_->endless()) {
      RandomStream random = pass.random("data");
      dataset.sample(Split::train, random, batch);
      return;
    }
    const std::span<const std::int64_t> examples = sampler_->training_indices();
    std::vector<std::int64_t> indices;
    for (std::int64_t i = begin; i < begin + count; ++i)
      indices.push_back(examples[static_cast<std::size_t>(i % std::ssize(examples))]);
    dataset.fill(Split::train, indices, batch);
  });
  return batch;
}

// Examples at equal distances, so that data in the order of their classes show them all; of data that are read by blocks
// the first ones.
Batch Training::rows_from_all_over(std::int64_t count, Pass& pass) {
  if (sampler_->endless() || sampler_->has_reading_order()) return data_rows(0, count, pass);
  const std::span<const std::int64_t> examples = sampler_->training_indices();
  Batch batch(fields_, std::min(count, std::ssize(examples)));
  batch.resize(batch.capacity());
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < batch.size(); ++i)
    indices.push_back(examples[static_cast<std::size_t>(i * std::ssize(examples) / batch.size())]);
  const experiment::PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.location(), [&] {
    data::fill(*dataset_, Split::train, indices, batch, {.seed = experiment_.seed, .step = step_});
  });
  return batch;
}

CollapseSigns Training::signs_of_collapse() {
  constexpr std::int64_t count = 256;
  if (generative() == nullptr || !dataset_) return {};
  Pass pass(Mode::evaluation, stream_key(experiment_.seed, "collapse"), step_, 0, BufferUpdates::none);
  if (!examined_) {
    source_->wait();
    examined_ = rows_from_all_over(count, pass);
  }
  CollapseSigns signs;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    signs = descent::signs_of_collapse(*model_, *examined_, pass, game_->decision_threshold());
  });
  return signs;
}

Tensor Training::codes(std::uint64_t seed) {
  constexpr std::int64_t of_endless = 10'000;
  Generative* generative = this->generative();
  const std::string model = experiment_.model.plugin->title();
  if (generative == nullptr || !dataset_)
    throw Error(model + " encodes no examples, so that it has no codes");
  if (!generative->condition_fields().empty())
    throw Error(model +
                " has a condition, of which codes without it say nothing; its prior may be conditional");
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  const experiment::PluginUse& data = *experiment_.dataset;
  const bool endless = sampler_->endless();
  const std::int64_t total = endless ? of_endless : std::ssize(sampler_->training_indices());
  Tensor all;
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    const std::int64_t count = std::min(at_once, total - begin);
    Pass pass(Mode::evaluation, stream_key(seed, "codes"), 0, begin / at_once, BufferUpdates::none);
    Batch batch(fields_, count);
    batch.resize(count);
    guarded_at_work(*data.plugin, data.location(), [&] {
      const Reading reading{.seed = experiment_.seed, .step = step_, .part = begin / at_once};
      RandomStream random = pass.random("data");
      if (endless) return data::sample(*dataset_, Split::train, random, batch, reading);
      const auto part = sampler_->training_indices().subspan(static_cast<std::size_t>(begin),
                                                             static_cast<std::size_t>(count));
      data::fill(*dataset_, Split::train, part, batch, reading);
    });
    Variable codes;
    guarded_at_work(*experiment_.model.plugin, experiment_.model.location(),
                    [&] { codes = generative->codes(batch.values(generative->fields()), {}, pass); });
    if (!codes.defined()) throw Error(model + " encodes no examples, so that it has no codes");
    if (!all.defined()) all = Tensor::empty({total, codes.shape().row_size()});
    all.row_range(begin, begin + count).copy_from(codes.value());
  }
  return all;
}

Values Training::conditions(std::int64_t begin, std::int64_t count, Pass& pass) {
  Values y;
  std::optional<Batch> rows;
  for (const Field* field : condition_fields()) {
    if (field->classes > 0) {
      y.append(classes_in_turn(field->classes, begin, count));
      continue;
    }
    if (!rows) rows = data_rows(begin, count, pass);
    y.append((*rows)[field->name]);
  }
  return y;
}

std::vector<Tensor> Training::generate(std::int64_t count) {
  Generative* generative = this->generative();
  if (generative == nullptr) return {};
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  Pass pass(Mode::evaluation, stream_key(experiment_.seed, "samples"), 0, 0, BufferUpdates::none);
  std::vector<Tensor> all;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    const Values y = conditions(0, count, pass);
    const Variable z = generative->draw_latent(count, y, pass);
    for (std::int64_t begin = 0; begin < count; begin += at_once) {
      const std::int64_t end = std::min(begin + at_once, count);
      const Values made = generative->from_latent(z.value().row_range(begin, end), rows_of(y, begin, end),
                                                  experiment_.log.samples_show, pass);
      for (std::size_t i = 0; i < made.size(); ++i) {
        if (all.size() == i) all.push_back(Tensor::empty(made[i].shape().row().batch(count)));
        all[i].row_range(begin, end).copy_from(made[i].value());
      }
    }
  });
  return all;
}

void Training::generate(std::int64_t count, std::uint64_t seed, Show show, const TakeSamples& take) {
  Generative* generative = this->generative();
  if (generative == nullptr)
    throw Error(fmt::format("{} generates no samples: it does not play the role {}",
                            experiment_.model.plugin->title(), Generative::role_name));
  if (!generative->can_draw())
    throw Error(fmt::format(
        "{} has no prior, so that there is nothing to draw latent points from; fit a sampler to its codes "
        "with 'descent fit-sampler RUN', and generate with '--checkpoint sampler'",
        experiment_.model.plugin->title()));
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  const std::uint64_t key = stream_key(seed, "generate");
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    // Each batch is an evaluation of its own, and always a full one: kernels may round another size
    // otherwise.
    Pass pass(Mode::evaluation, key, 0, begin / at_once, BufferUpdates::none);
    Values y, made;
    guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
      y = conditions(begin, at_once, pass);
      made = generative->from_latent(generative->draw_latent(at_once, y, pass), y, show, pass);
    });
    const std::int64_t wanted = std::min(at_once, count - begin);
    take(tensors_of(made, wanted), tensors_of(y, wanted));
  }
}

}  // namespace descent::train
