#pragma once

#include "descent/base/parallel.hpp"

namespace descent::testing {

/// While one lives, N threads share work; afterwards it is one again.
class WithThreads {
 public:
  explicit WithThreads(int threads) { set_threads(threads); }
  ~WithThreads() { set_threads(1); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;
};

}  // namespace descent::testing
