#pragma once

#include "descent/autograd/node.hpp"

/// For the sources of ops that are linear in one variable and have no other: rearranging, averaging, picking.
namespace descent {

/// The op `Map`, or its adjoint (transpose). Map has
///   static constexpr const char *name, *adjoint_name;
///   void apply(const Tensor& x, Tensor& out, bool accumulate) const;
///   void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const;
/// and each is the gradient of the other one.
template <class Map>
class LinearMap final : public Node {
 public:
  LinearMap(Map map, bool adjoint) : map_(std::move(map)), adjoint_(adjoint) {}
  const char* name() const override { return adjoint_ ? Map::adjoint_name : Map::name; }

  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, apply(map_, !adjoint_, gradient, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    run(map_, !adjoint_, gradient.value(), target, accumulate);
  }

  /// The map, or its adjoint, of x; the result has `shape`.
  static Variable apply(const Map& map, bool adjoint, const Variable& x, const Shape& shape) {
    Tensor out = Tensor::empty(shape);
    run(map, adjoint, x.value(), out, false);
    return make_result<LinearMap>(std::move(out), {x}, map, adjoint);
  }

 private:
  static void run(const Map& map, bool adjoint, const Tensor& x, Tensor& out, bool accumulate) {
    if (adjoint) {
      map.apply_adjoint(x, out, accumulate);
    } else {
      map.apply(x, out, accumulate);
    }
  }

  Map map_;
  bool adjoint_;
};

template <class Map>
Variable linear_map(Map map, const Variable& x, const Shape& shape) {
  return LinearMap<Map>::apply(std::move(map), false, x, shape);
}

}  // namespace descent
