#include "descent/train/generation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/data/transformed_dataset.hpp"
#include "descent/train/training.hpp"

// What a generative model makes: samples for the log, new data, and paths through its latent space.
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

// The same of the rows that were asked for.
Variable rows_in_turn(const Tensor& rows, std::int64_t begin, std::int64_t count) {
  Tensor y = Tensor::empty(rows.shape().row().batch(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = (begin + i) % rows.shape()[0];
    y.row_range(i, i + 1).copy_from(rows.row_range(row, row + 1));
  }
  return Variable(y);
}

void check_condition(const Field& field, const Tensor& rows) {
  const bool empty = rows.shape().rank() == 0 || rows.shape()[0] == 0;
  if (empty || rows.shape().row() != field.shape)
    throw Error(
        fmt::format("the condition '{}' has examples of shape {}, and what is asked for has the shape {}",
                    field.name, field.shape.text(), rows.shape().text()));
  for (const Scalar value : rows.values()) {
    if (!std::isfinite(value))
      throw Error(fmt::format("the condition '{}' holds a number that is not finite", field.name));
    if (field.classes > 0 &&
        !(value >= 0 && value < static_cast<Scalar>(field.classes) && value == std::floor(value)))
      throw Error(
          fmt::format("'{}' has no class {}: its classes are 0 to {}", field.name, value, field.classes - 1));
  }
}

// `count` points (count, …) at equal steps from `from` to `to`, each (1, …). On a great circle the norm goes evenly
// from the one's to the other's.
Variable path(const Variable& from, const Variable& to, std::int64_t count, bool on_a_circle) {
  const auto norm_of = [](const Variable& x) { return std::sqrt(sum(square(x)).value().item()); };
  const double from_norm = norm_of(from), to_norm = norm_of(to);
  const double cosine = sum(from * to).value().item() / (from_norm * to_norm);
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0)), sine = std::sin(angle);
  // Points in one line with the origin have no circle, or too many.
  const bool straight = !on_a_circle || !(sine > 1e-6);
  Variable points;
  for (std::int64_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count - 1);
    const double norm = (1 - t) * from_norm + t * to_norm;
    const double a = straight ? 1 - t : std::sin((1 - t) * angle) / sine * norm / from_norm;
    const double b = straight ? t : std::sin(t * angle) / sine * norm / to_norm;
    const Variable point = from * a + to * b;
    points = i == 0 ? point : concatenate_batch(points, point);
  }
  return points;
}

}  // namespace

Values Training::conditions(std::int64_t begin, std::int64_t count, const Generation& what, Pass& pass) {
  Values y;
  std::optional<Batch> rows;
  const std::vector<const Field*> fields = condition_fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = *fields[i];
    if (i < what.conditions.size() && what.conditions[i].defined()) {
      y.append(rows_in_turn(what.conditions[i], begin, count));
    } else if (field.classes > 0) {
      y.append(classes_in_turn(field.classes, begin, count));
    } else {
      if (!rows) rows = data_rows(begin, count, pass);
      y.append((*rows)[field.name]);
    }
  }
  return y;
}

void Training::check_conditions(const Generation& what) const {
  const std::vector<const Field*> fields = condition_fields();
  DESCENT_ASSERT(what.conditions.size() <= fields.size(), "each condition is of one of condition_fields()");
  for (std::size_t i = 0; i < what.conditions.size(); ++i)
    if (what.conditions[i].defined()) check_condition(*fields[i], what.conditions[i]);
}

std::vector<Tensor> Training::generate(std::int64_t count) {
  Generative* generative = this->generative();
  if (generative == nullptr) return {};
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  Pass pass(Mode::evaluation, stream_key(experiment_.seed, "samples"), 0, 0, BufferUpdates::none);
  std::vector<Tensor> all;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    const Values y = conditions(0, count, {}, pass);
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

Generative& Training::generative_with_prior() {
  Generative* generative = this->generative();
  const std::string model = experiment_.model.plugin->title();
  if (generative == nullptr)
    throw Error(
        fmt::format("{} generates no samples: it does not play the role {}", model, Generative::role_name));
  if (!generative->can_draw())
    throw Error(fmt::format(
        "{} has no prior, so that there is nothing to draw latent points from; fit a sampler to its codes "
        "with 'descent fit-sampler RUN', and generate with '--checkpoint sampler'",
        model));
  return *generative;
}

void Training::generate(std::int64_t count, const Generation& what, const TakeSamples& take) {
  Generative& generative = generative_with_prior();
  check_conditions(what);
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  const std::uint64_t key = stream_key(what.seed, "generate");
  for (std::int64_t begin = 0; begin < count; begin += at_once) {
    // Each batch is an evaluation of its own, and always a full one: kernels may round another size
    // otherwise.
    Pass pass(Mode::evaluation, key, 0, begin / at_once, BufferUpdates::none);
    Values y, made;
    guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
      y = conditions(begin, at_once, what, pass);
      made = generative.from_latent(generative.draw_latent(at_once, y, pass), y, what.show, pass);
    });
    const std::int64_t wanted = std::min(at_once, count - begin);
    take(tensors_of(made, wanted), tensors_of(y, wanted));
  }
}

Training::LatentPoint Training::code_of(Split split, std::int64_t index) {
  const std::string name = split_name(split);
  if (!dataset_ || sampler_->endless())
    throw Error(fmt::format("the data have no examples to count, so that there is no {}:{}", name, index));
  const std::int64_t size =
      split == Split::train ? std::ssize(sampler_->training_indices()) : dataset_->size(split).value_or(0);
  if (index >= size)
    throw Error(
        fmt::format("there is no {}:{}: the split {} has the examples 0 to {}", name, index, name, size - 1));
  const std::int64_t example =
      split == Split::train ? sampler_->training_indices()[static_cast<std::size_t>(index)] : index;
  Batch batch(fields_, 1);
  batch.resize(1);
  const experiment::PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.location(), [&] {
    data::fill(*dataset_, split, std::span(&example, 1), batch, {.seed = experiment_.seed, .step = step_});
  });
  const std::uint64_t key = stream_key(experiment_.seed, "codes");
  Pass pass(Mode::evaluation, key, 0, index, BufferUpdates::none);
  LatentPoint point;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    point.y = batch.values(generative()->condition_fields());
    point.z = generative()->codes(batch.values(generative()->fields()), point.y, pass);
  });
  if (!point.z.defined())
    throw Error(experiment_.model.plugin->title() +
                " encodes no examples; a path begins and ends at samples, such as 3 and 17");
  return point;
}

// Of a sample: drawn as generate() draws it, in its batch.
Training::LatentPoint Training::latent_point(const PathEnd& end, const Generation& what) {
  if (end.split) return code_of(*end.split, end.index);
  Generative& generative = generative_with_prior();
  const std::int64_t batch = end.index / at_once, row = end.index % at_once;
  Pass pass(Mode::evaluation, stream_key(what.seed, "generate"), 0, batch, BufferUpdates::none);
  LatentPoint point;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    const Values y = conditions(batch * at_once, at_once, what, pass);
    point = {Variable(generative.draw_latent(at_once, y, pass).value().row_range(row, row + 1)),
             rows_of(y, row, row + 1)};
  });
  return point;
}

void Training::interpolate(std::int64_t count, const PathEnd& from, const PathEnd& to, const Generation& what,
                           const TakeSamples& take) {
  DESCENT_ASSERT(count >= 2 && count <= at_once, "a path has its two ends, and at most a batch of points");
  check_conditions(what);
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  const LatentPoint first = latent_point(from, what), last = latent_point(to, what);
  const bool on_a_circle = !from.split && !to.split;
  Pass pass(Mode::evaluation, stream_key(what.seed, "interpolate"), 0, 0, BufferUpdates::none);
  Values y, made;
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(), [&] {
    for (const Variable& one : first.y) y.append(repeat_rows(one, count));
    // Codes are flat, latent points of samples have the shape that the model decodes.
    const Shape shape = from.split ? last.z.shape() : first.z.shape();
    const Variable z = path(reshape(first.z, shape), reshape(last.z, shape), count, on_a_circle);
    made = generative()->from_latent(z, y, what.show, pass);
  });
  take(tensors_of(made, count), tensors_of(y, count));
}

}  // namespace descent::train
