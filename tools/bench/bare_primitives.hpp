#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace descent::bench {

/// A layer whose products are measured alone, and how often one training step computes each of them.
struct ProductLayer {
  enum class Kind { convolution, transposed, dense };
  Kind kind = Kind::convolution;
  /// Of the input; of a dense layer 1 by 1 pixels.
  std::int64_t height = 1, width = 1, inputs = 1, outputs = 1;
  std::int64_t kernel = 1, stride = 1, before = 0, after = 0;
  int forwards = 1, input_gradients = 1, weight_gradients = 1;
};

/// oneDNN's primitives for these layers by themselves: every array in the order that the primitive likes best, nothing
/// reordered, nothing between them. With `bfloat16` their inputs are of that type, and sums float32.
class BarePrimitives {
 public:
  BarePrimitives(std::int64_t batch, const std::vector<ProductLayer>& layers, bool bfloat16 = false);
  ~BarePrimitives();
  BarePrimitives(BarePrimitives&&) noexcept;

  /// Every product of one training step once.
  void run() const;
  /// Floating-point operations of run().
  double operations() const;

 private:
  struct Primitive;
  template <class Forward, class Backward, class Weight>
  void add(const Forward& forward, const Backward& backward, const Weight& weight, const int (&times)[3]);

  std::vector<Primitive> primitives_;
  double operations_ = 0;
};

}  // namespace descent::bench
