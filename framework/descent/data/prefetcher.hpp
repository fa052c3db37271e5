#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/data/sampler.hpp"

namespace descent::data {

/// Fills the batches of the next step on a thread of its own while the current step is played. What is dealt,
/// in which order, and which error at which step is the same as without: the batches are filled from the
/// cursor that the step would have found, and what turns out not to be wanted is dropped.
class DESCENT_API Prefetcher {
 public:
  /// For `batches` batches a step of up to `capacity` examples. `sampler` is copied.
  Prefetcher(const Sampler& sampler, const Fields& fields, std::int64_t capacity, std::size_t batches);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Begins to fill the batches of `step`, as dealt from `cursor` on. Takes nothing from the heap.
  void start(std::int64_t step, const Sampler::Cursor& cursor);
  /// Waits for what was begun. If it is of `step` and of where `sampler` stands, exchanges `batches` for it
  /// and moves the sampler on, or throws what filling it threw; false otherwise: nothing has changed.
  bool take(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches);
  /// Waits until the data set is in nobody's hands: it is never called twice at once.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace descent::data
