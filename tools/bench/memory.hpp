#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "descent/base/scalar.hpp"

namespace descent::bench {

/// Preallocated numbers of a floor: on 64 bytes, whole multiples of 16, zero at first.
class Memory {
 public:
  Memory() = default;
  explicit Memory(long count) : count_(padded(count)) {
    const auto bytes = static_cast<std::size_t>(count_) * sizeof(float);
    numbers_.reset(static_cast<float*>(std::aligned_alloc(alignment_bytes, bytes)));
    if (!numbers_) throw std::bad_alloc();
    std::fill_n(numbers_.get(), count_, 0.0f);
  }
  float* data() const { return numbers_.get(); }
  long size() const { return count_; }

 private:
  struct Free {
    void operator()(float* numbers) const { std::free(numbers); }
  };
  std::unique_ptr<float[], Free> numbers_;
  long count_ = 0;
};

}  // namespace descent::bench
