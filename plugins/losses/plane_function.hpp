#pragma once

#include <descent/plugin/loss.hpp>

/// What test functions of the plane share: a point of two dimensions, one player, one term of the plugin's
/// name.
class PlaneFunction : public descent::LossOn<descent::Point> {
 public:
  explicit PlaneFunction(const char* name) : name_(name) {}

  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    if (vectors.size() != 1 || vectors[0]->shape.size() != 2)
      throw descent::Error(name_ + " is a function of the plane; start the point at two numbers: [0, 0]");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{name_}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context&,
                descent::Terms& out) const override {
    const auto& point = model.vectors()[0]->variable;
    out.set(name_, sum(value(slice_batch(point, 0, 1), slice_batch(point, 1, 2))));
  }

  /// The function at (x, y), each of shape (1).
  virtual descent::Variable value(const descent::Variable& x, const descent::Variable& y) const = 0;

 private:
  std::string name_;
};
