#include "descent/data/transformed_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/data/number_check.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/broadcast.hpp"
#include "descent/kernels/functions.hpp"

namespace descent::data {

namespace {

/// The sums of many batches in double.
class Sums {
 public:
  explicit Sums(std::int64_t size) : totals_(static_cast<std::size_t>(size)) {}
  /// x (rows, …, size).
  void add(const Tensor& x) {
    const auto size = static_cast<std::int64_t>(totals_.size());
    Tensor sums = Tensor::empty({size});
    kernels::sum_broadcast(x, {x.size() / size, size, 1}, sums, false);
    const std::vector<double> numbers = sums.to_doubles();
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i] += numbers[i];
  }
  std::vector<double> means(std::int64_t count) const {
    std::vector<double> result = totals_;
    for (double& number : result) number /= static_cast<double>(count);
    return result;
  }

 private:
  std::vector<double> totals_;
};

/// The same for a data set that is a mixture and whose points no transform changes.
class TransformedMixture final : public TransformedDataset, public Mixture {
 public:
  TransformedMixture(std::shared_ptr<const Dataset> dataset, const std::vector<MadeTransform>& transforms)
      : TransformedDataset(std::move(dataset), transforms),
        mixture_(dynamic_cast<const Mixture&>(original())) {}
  const Tensor& centers() const override { return mixture_.centers(); }
  double standard_deviation() const override { return mixture_.standard_deviation(); }
  std::string point_field() const override { return mixture_.point_field(); }
  bool changes_points() const { return changes(point_field()); }

 private:
  const Mixture& mixture_;
};

}  // namespace

TransformedDataset::TransformedDataset(std::shared_ptr<const Dataset> dataset,
                                       const std::vector<MadeTransform>& transforms)
    : dataset_(std::move(dataset)), raw_fields_(dataset_->fields()), fields_(raw_fields_) {
  for (const MadeTransform& made : transforms) {
    try {
      add_step(made);
    } catch (const Error& error) {
      throw error.within(made.location, made.title + ": ");
    }
  }
}

void TransformedDataset::add_step(const MadeTransform& made) {
  const Transform& transform = *made.transform;
  const auto is_meant = [&](const Field& field) {
    return transform.field.empty() ? transform.suits(field) : field.name == transform.field;
  };
  const auto found = std::find_if(fields_.begin(), fields_.end(), is_meant);
  if (found == fields_.end()) {
    if (!transform.field.empty()) find_field(fields_, transform.field);  // names those there are
    throw Error("the data set has no field that it is meant for");
  }
  const bool endless = !dataset_->size(Split::train).has_value();
  if (endless && transform.keeps_draws())
    throw Error("the data set is endless: none of its examples is seen twice, to be drawn alike");
  if (endless && transform.learns())
    throw Error("the data set is endless, and has no mean and standard deviation of all examples");
  *found = made.transform->change(*found);
  steps_.push_back({made, static_cast<std::size_t>(found - fields_.begin())});
}

bool TransformedDataset::changes(std::string_view field) const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [&](const Step& step) { return raw_fields_[step.field].name == field; });
}

// It grows to the largest batch that was asked for, and stays.
Batch& TransformedDataset::raw_batch(std::int64_t size) const {
  if (raw_.capacity() < size) raw_ = Batch(raw_fields_, size);
  raw_.resize(size);
  return raw_;
}

// The field after the first `end` steps.
Tensor TransformedDataset::changed(std::size_t field, std::size_t end, const Batch& raw, Split split,
                                   std::span<const std::int64_t> indices, const Reading& reading) const {
  Tensor value = raw[raw_fields_[field].name].value();
  for (std::size_t i = 0; i < end; ++i) {
    const Transform& transform = *steps_[i].made.transform;
    if (steps_[i].field != field || (transform.training_only() && !reading.training)) continue;
    value = transform.apply(value, Draws(reading, split, indices, i));
  }
  return value;
}

void TransformedDataset::change_all(const Batch& raw, Split split, std::span<const std::int64_t> indices,
                                    const Reading& reading, Batch& batch) const {
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    Tensor target = batch.rows(fields_[field].name);
    target.copy_from(changed(field, steps_.size(), raw, split, indices, reading));
  }
}

void TransformedDataset::fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const {
  fill(split, indices, batch, Reading{});
}

void TransformedDataset::sample(Split split, RandomStream& random, Batch& batch) const {
  sample(split, random, batch, Reading{});
}

void TransformedDataset::fill(Split split, std::span<const std::int64_t> indices, Batch& batch,
                              const Reading& reading) const {
  Batch& raw = raw_batch(batch.size());
  dataset_->fill(split, indices, raw);
  change_all(raw, split, indices, reading, batch);
}

void TransformedDataset::sample(Split split, RandomStream& random, Batch& batch,
                                const Reading& reading) const {
  Batch& raw = raw_batch(batch.size());
  dataset_->sample(split, random, raw);
  change_all(raw, split, {}, reading, batch);
}

void TransformedDataset::learn(std::span<const std::int64_t> examples) {
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (steps_[i].made.transform->learns()) learn_step(i, examples);
}

// In two passes over the data, as the steps before this one make them.
void TransformedDataset::learn_step(std::size_t step, std::span<const std::int64_t> examples) {
  constexpr std::size_t at_once = 256;
  const std::size_t field = steps_[step].field;
  const auto each_batch = [&](const auto& look) {
    for (std::size_t begin = 0; begin < examples.size(); begin += at_once) {
      const auto part = examples.subspan(begin, std::min(at_once, examples.size() - begin));
      Batch& raw = raw_batch(std::ssize(part));
      dataset_->fill(Split::train, part, raw);
      check_numbers(raw, Split::train, part);  // one that is not finite would spoil the statistics
      look(changed(field, step, raw, Split::train, part, Reading{}));
    }
  };
  const Field& described = fields_[field];
  const std::int64_t size = described.image ? described.shape[2] : described.shape.size();
  const std::int64_t count = std::ssize(examples) * (described.shape.size() / size);
  Sums sums(size), squares(size);
  each_batch([&](const Tensor& x) { sums.add(x); });
  const std::vector<double> mean = sums.means(count);
  const Tensor center = Tensor::of({size}, mean);
  each_batch([&](const Tensor& x) {
    Tensor centered = Tensor::empty({x.size() / size, size});
    kernels::subtract(x.reshaped(centered.shape()), center, centered, false);
    kernels::square(centered, centered);
    squares.add(centered);
  });
  steps_[step].made.transform->learn(mean, squares.means(count));
}

std::shared_ptr<TransformedDataset> transformed(std::shared_ptr<const Dataset> dataset,
                                                const std::vector<MadeTransform>& transforms) {
  if (dynamic_cast<const Mixture*>(dataset.get()) == nullptr)
    return std::make_shared<TransformedDataset>(std::move(dataset), transforms);
  auto mixture = std::make_shared<TransformedMixture>(dataset, transforms);
  if (!mixture->changes_points()) return mixture;
  return std::make_shared<TransformedDataset>(*mixture);  // without the role
}

void fill(const Dataset& dataset, Split split, std::span<const std::int64_t> indices, Batch& batch,
          const Reading& reading) {
  if (const auto* with_transforms = dynamic_cast<const TransformedDataset*>(&dataset))
    return with_transforms->fill(split, indices, batch, reading);
  dataset.fill(split, indices, batch);
}

void sample(const Dataset& dataset, Split split, RandomStream& random, Batch& batch, const Reading& reading) {
  if (const auto* with_transforms = dynamic_cast<const TransformedDataset*>(&dataset))
    return with_transforms->sample(split, random, batch, reading);
  dataset.sample(split, random, batch);
}

}  // namespace descent::data
