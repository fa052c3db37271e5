#pragma once

#include "descent/tensor/tensor.hpp"

namespace descent::bench {

/// Preallocated numbers of a floor: on 64 bytes, whole multiples of 16, zero at first. They come from where
/// Descent's come, so that the pages they lie in make no difference.
class Memory {
 public:
  Memory() = default;
  explicit Memory(long count) : numbers_(Tensor::zeros({padded(count)})) {}
  float* data() const { return const_cast<float*>(numbers_.data()); }
  long size() const { return numbers_.size(); }

 private:
  Tensor numbers_;
};

}  // namespace descent::bench
