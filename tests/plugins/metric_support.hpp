#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "descent/plugin/metric.hpp"
#include "plugin_support.hpp"

inline std::shared_ptr<descent::Metric> make_metric(const std::string& name, const Settings& options = {}) {
  return make_plugin<descent::Metric>(descent::PluginKind::metric, name, options);
}

/// A context made by hand: batches that are given, and losses that say what the test wants.
class HandMadeContext final : public descent::MetricContext {
 public:
  explicit HandMadeContext(const descent::Dataset* dataset = nullptr, std::int64_t batch_size = 100)
      : dataset_(dataset), batch_size_(batch_size) {}

  const descent::Dataset& dataset() const override { return *dataset_; }
  const descent::Fields& fields() const override { return fields_; }
  void each_batch(const Examples&, const std::function<void(const descent::Batch&)>& look) override {
    for (const descent::Batch& batch : batches) look(batch);
  }
  descent::Values conditions(std::int64_t, std::int64_t) override { return {}; }
  descent::Pass& pass() override { return pass_; }
  std::int64_t batch_size() const override { return batch_size_; }
  std::vector<std::string> losses() const override { return loss_names; }
  std::vector<descent::TermMean> evaluate_losses(const descent::Batch& batch) override {
    return evaluate(batch);
  }

  std::vector<descent::Batch> batches;
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
