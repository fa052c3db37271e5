#pragma once

#include <memory>
#include <string>

#include "descent/plugin/metric.hpp"
#include "fixed_network.hpp"

namespace descent {

/// What samples are compared by: their own numbers, or the features that a classifier sees in them, before its last layer.
class FeatureMap {
 public:
  /// The numbers themselves, side by side.
  FeatureMap() = default;
  /// The features of a network whose arrays are in an .npz file, for examples of the shape `input`.
  FeatureMap(NetworkSpec& layers, const Shape& input, const std::string& group,
             const std::filesystem::path& file);
  /// The features of a finished run: of its predictor, or of its discriminator. Throws Error where the run's model is neither,
  /// looks at several fields, or at examples of another shape or range than `field`.
  FeatureMap(const RunReference& run, const Field& field);

  /// x (batch, …) -> (batch, features).
  Tensor operator()(const Variable& x, Pass& pass) const;

 private:
  std::shared_ptr<FixedNetwork> network_;
  std::shared_ptr<TrainedRun> run_;
};

}  // namespace descent
