#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "descent/plugin/metric.hpp"
#include "plugin_support.hpp"

inline std::shared_ptr<descent::Metric> make_metric(const std::string& name, const Settings& options = {}) {
  return make_plugin<descent::Metric>(descent::PluginKind::metric, name, options);
}

inline descent::Value list_of(std::initializer_list<double> values) {
  descent::Value list = descent::Value::list();
  for (const double value : values) list.items().push_back(descent::Value::of(value));
  return list;
}

/// A context made by hand: batches that are given, and losses that say what the test wants.
class HandMadeContext final : public descent::MetricContext {
 public:
  explicit HandMadeContext(const descent::Dataset* dataset = nullptr, std::int64_t batch_size = 100)
      : dataset_(dataset), batch_size_(batch_size) {}

  const descent::Dataset& dataset() const override { return *dataset_; }
  const descent::Fields& fields() const override { return fields_; }
  descent::Split split() const override { return descent::Split::test; }
  std::optional<std::int64_t> size(descent::Split split) const override {
    std::int64_t size = 0;
    for (const descent::Batch& batch : split == split_of_others ? others : batches) size += batch.size();
    return size;
  }
  void each_batch(const Examples& examples, const std::function<void(const descent::Batch&)>& look) override {
    const bool of_others = examples.split && examples.split == split_of_others;
    for (const descent::Batch& batch : of_others ? others : batches) look(batch);
  }
  descent::Values conditions_of_data(std::int64_t begin, std::int64_t count) override {
    return conditions(begin, count);
  }
  descent::Values conditions(std::int64_t begin, std::int64_t count) override {
    if (classes == 0) return {};
    descent::Tensor labels = descent::Tensor::empty({count});
    for (std::int64_t i = 0; i < count; ++i)
      labels.data()[i] = static_cast<descent::Scalar>((begin + i) % classes);
    return descent::Variable(labels);
  }
  descent::Pass& pass() override { return pass_; }
  std::int64_t batch_size() const override { return batch_size_; }
  std::vector<std::string> losses() const override { return loss_names; }
  std::vector<descent::TermMean> evaluate_losses(const descent::Batch& batch) override {
    return evaluate(batch);
  }

  /// Of the labels that conditional models are asked for, in turn; 0: they have no condition.
  std::int64_t classes = 0;
  std::vector<descent::Batch> batches;
  /// Those of one other split.
  std::vector<descent::Batch> others;
  std::optional<descent::Split> split_of_others;
  std::vector<std::string> loss_names;
  std::function<std::vector<descent::TermMean>(const descent::Batch&)> evaluate;

 private:
  const descent::Dataset* dataset_;
  std::int64_t batch_size_;
  descent::Fields fields_;
  descent::Pass pass_{descent::Mode::evaluation, 1, 0, 0, descent::BufferUpdates::none};
};

/// A model without parameters; what it plays is up to what derives from it.
class HandMadeModel : public descent::Model {
 public:
  void build(const descent::Fields&, descent::Registrar&) override {}
};

/// Examples of one field `x`, of which a test makes batches itself.
class OnlyX final : public descent::Dataset {
 public:
  explicit OnlyX(const descent::Shape& example, std::int64_t size = 1000) : example_(example), size_(size) {}
  descent::Fields fields() const override { return {{.name = "x", .shape = example_}}; }
  std::optional<std::int64_t> size(descent::Split) const override { return size_; }

 private:
  descent::Shape example_;
  std::int64_t size_;
};

/// A generator of `x` whose samples are the rows of a matrix, in their order and from the first one again.
class RowsInTurn final : public HandMadeModel, public descent::Generative {
 public:
  explicit RowsInTurn(descent::Tensor rows) : rows_(std::move(rows)) {}
  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, 1});
  }
  descent::Values from_latent(const descent::Variable& z, const descent::Values&, descent::Show,
                              descent::Pass&) override {
    descent::Tensor made = descent::Tensor::empty(rows_.shape().row().batch(z.shape()[0]));
    for (std::int64_t i = 0; i < made.rows(); ++i, ++made_) {
      const std::int64_t row = made_ % rows_.rows();
      made.row_range(i, i + 1).copy_from(rows_.row_range(row, row + 1));
    }
    return descent::Variable(made);
  }
  const std::vector<std::string>& fields() const override { return fields_; }

 private:
  descent::Tensor rows_;
  std::int64_t made_ = 0;
  std::vector<std::string> fields_ = {"x"};
};

/// The rows of a matrix as a batch of the field `x`.
inline descent::Batch batch_of_x(const descent::Tensor& rows) {
  descent::Batch batch({{.name = "x", .shape = rows.shape().row()}}, rows.rows());
  batch.rows("x").copy_from(rows);
  return batch;
}

/// Numbers from N(offset, scale²), which follow from the name.
inline descent::Tensor normal_rows(std::int64_t rows, std::int64_t columns, const char* name,
                                   double scale = 1, double offset = 0) {
  descent::Tensor x = descent::Tensor::empty({rows, columns});
  descent::RandomStream(descent::stream_key(1, name)).normal(x.data(), x.size());
  for (descent::Scalar& number : x.values())
    number = static_cast<descent::Scalar>(offset + scale * static_cast<double>(number));
  return x;
}

/// What a metric measures of a generator of these samples, each made once, and of these real examples; `seen` are those
/// of the training split. Options `samples` and `examples` follow from the matrices.
inline std::vector<double> measured_on(const std::string& name, Settings options,
                                       const descent::Tensor& samples, const descent::Tensor& real,
                                       const descent::Tensor& seen = {}) {
  const OnlyX dataset(samples.shape().row());
  HandMadeContext context(&dataset, 7);
  context.batches.push_back(batch_of_x(real));
  if (seen.defined()) {
    context.split_of_others = descent::Split::train;
    context.others.push_back(batch_of_x(seen));
  }
  RowsInTurn model(samples);
  options.emplace_back("samples", descent::Value::of(samples.rows()));
  const auto metric = make_metric(name, options);
  metric->check(model, dataset);
  const std::vector<double> values = metric->measure(model, context);
  CHECK(values.size() == metric->declares().size());
  return values;
}
