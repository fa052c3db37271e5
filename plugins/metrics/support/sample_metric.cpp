#include "sample_metric.hpp"

#include <fmt/format.h>

#include <limits>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "judge.hpp"

namespace descent {

namespace {

/// Rows that come batch by batch, (n, features) in the end.
class Rows {
 public:
  void add(const Tensor& rows) {
    parts_.push_back(rows.clone());
    count_ += rows.rows();
  }
  Tensor together() const {
    if (parts_.empty()) return Tensor::empty({0, 1});
    Tensor all = Tensor::empty({count_, parts_[0].columns()});
    std::int64_t begin = 0;
    for (const Tensor& part : parts_) {
      all.row_range(begin, begin + part.rows()).copy_from(part);
      begin += part.rows();
    }
    return all;
  }

 private:
  std::vector<Tensor> parts_;
  std::int64_t count_ = 0;
};

// Whether all numbers are finite, and so small that squared distances between rows are, too, around any point in their midst.
bool has_distances(const Tensor& x) {
  constexpr double most = static_cast<double>(std::numeric_limits<Scalar>::max()) / 64;
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double square = 0;
    for (const Scalar number : x.row_range(row, row + 1).values())
      square += static_cast<double>(number) * static_cast<double>(number);
    if (!(square <= most)) return false;
  }
  return true;
}

}  // namespace

void SampleMetric::check(const Model& model, const Dataset& dataset) const {
  const auto& generative = role<Generative>(model);
  name_ = field.empty() ? generative.fields().front() : field;
  const auto made = std::find(generative.fields().begin(), generative.fields().end(), name_);
  if (made == generative.fields().end())
    throw Error(fmt::format("{} looks at the field '{}', which the model does not make; it makes {}", title(),
                            name_, join(generative.fields())));
  place_ = static_cast<std::size_t>(made - generative.fields().begin());
  if (!generative.can_draw())
    throw Error(fmt::format(
        "{} looks at samples, and the model has nothing to draw latent points from before a sampler is "
        "fitted to its codes; after 'descent fit-sampler RUN' it is measured by 'descent evaluate RUN {} "
        "--checkpoint sampler'",
        title(), title()));
  const Field data = find_field(dataset.fields(), name_);
  if (!weights.empty() && !run.path.empty())
    throw Error(fmt::format("{} compares features of 'run' or of 'weights'; give one of the two", title()));
  require_file(title(), "weights", weights);
  if (!weights.empty()) features_ = {layers, data.shape, group, weights};
  if (run.run) features_ = {run, data};
}

std::vector<double> SampleMetric::measure(Generative& model, MetricContext& context) const {
  Rows rows;
  for (std::int64_t begin = 0; begin < samples; begin += context.batch_size()) {
    const std::int64_t count = std::min(context.batch_size(), samples - begin);
    const Values y = conditions(begin, count, context);
    const Variable z = model.draw_latent(count, y, context.pass());
    rows.add(features_(model.from_latent(z, y, show, context.pass())[place_], context.pass()));
  }
  const Tensor made = rows.together();
  if (!has_distances(made)) return std::vector<double>(declares().size(), NAN);
  return look_at(made, context);
}

Tensor SampleMetric::examples_of(MetricContext& context, std::int64_t count,
                                 std::optional<Split> split) const {
  Rows rows;
  context.each_batch({.of_endless = count, .first = count, .split = split},
                     [&](const Batch& batch) { rows.add(features_(batch[name_], context.pass())); });
  const Tensor real = rows.together();
  if (!has_distances(real))
    throw Error(fmt::format(
        "{} compares numbers by their squared distances, but those of an example of the split '{}' "
        "are too large, or not finite; give the data another scale, such as by 'transforms: "
        "[scale]' in 'dataset'",
        title(), split_name(split.value_or(context.split()))));
  return real;
}

std::string SampleMetric::features_note() const {
  if (!run.path.empty()) return "by the features of " + run_note(run);
  if (!weights.empty()) return "by the features of " + file_note(weights);
  return "by their numbers";
}

std::string SampleMetric::note() const {
  return fmt::format("of {} samples, {}", samples, features_note());
}

void ComparisonMetric::check(const Model& model, const Dataset& dataset) const {
  SampleMetric::check(model, dataset);
  const auto enough = [&](std::int64_t count, const std::string& what) {
    if (count < needed())
      throw Error(fmt::format("{} needs at least {} samples and as many real examples, but {} {}", title(),
                              needed(), what, count));
  };
  enough(samples, "'samples' is");
  enough(examples, "'examples' is");
}

void ComparisonMetric::check_examples(Split split,
                                      const std::function<std::optional<std::int64_t>(Split)>& size) const {
  if (const auto there = size(split); there && *there < needed())
    throw Error(
        fmt::format("{} needs at least {} samples and as many real examples, but the split '{}' has {}",
                    title(), needed(), split_name(split), *there));
}

std::string ComparisonMetric::note() const {
  return fmt::format("{}, against {}", SampleMetric::note(), counted_examples(examples));
}

std::vector<double> ComparisonMetric::look_at(const Tensor& made, MetricContext& context) const {
  const Tensor real = examples_of(context, examples);
  if (real.rows() < needed())
    throw Error(fmt::format("{} needs at least {} real examples, but the split '{}' has {}", title(),
                            needed(), split_name(context.split()), real.rows()));
  return compare(made, real, context);
}

}  // namespace descent
