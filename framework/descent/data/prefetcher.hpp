#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/data/batch_source.hpp"
#include "descent/data/sampler.hpp"

namespace descent::data {

/// Fills the batches of the next steps on a thread of its own while the current step is played. They are
/// filled from the cursors that the steps would have found, and what turns out not to be wanted is dropped.
class DESCENT_API Prefetcher final : public BatchSource {
 public:
  /// For `batches` batches a step of up to `capacity` examples, up to `depth` steps ahead. `sampler` is copied. Starts
  /// the thread.
  Prefetcher(const Sampler& sampler, const Fields& fields, std::int64_t capacity, std::size_t batches,
             std::size_t depth = 1);
  ~Prefetcher() override;
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Fills them itself where they were not announced.
  void next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) override;
  /// Begins to fill them, or goes on with it. Takes nothing from the heap.
  void announce(std::int64_t step, const Sampler::Cursor& cursor, std::int64_t last) override;
  void wait() override;

  /// How many steps found their batches filled beforehand.
  std::int64_t taken() const { return taken_; }

 private:
  struct State;
  bool take(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches);
  std::unique_ptr<State> state_;
  std::int64_t taken_ = 0;
};

}  // namespace descent::data
