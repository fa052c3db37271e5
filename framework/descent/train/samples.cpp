#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/data/transformed_dataset.hpp"
#include "descent/train/training.hpp"

// What is asked of a generative model, and of the examples that it learns from.
namespace descent::train {

namespace {

constexpr std::int64_t at_once = 256;

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

}  // namespace descent::train
