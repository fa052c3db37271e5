#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "descent/data/sampler.hpp"

namespace descent::data {

/// Fills the batches of a step: when the step asks for them, or beforehand. What a sampler deals, in which
/// order, and which error at which step do not depend on which of the two it is.
class DESCENT_API BatchSource {
 public:
  virtual ~BatchSource();
  /// Fills `batches` with the batches of `step`, which `sampler` deals from its current position, and advances the
  /// sampler. Throws what reading the data set throws.
  virtual void next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) = 0;
  /// The batches of `step`, as dealt from `cursor` on, are likely to be asked for next, and after them those of the steps
  /// up to `last`.
  virtual void announce(std::int64_t step, const Sampler::Cursor& cursor, std::int64_t last) = 0;
  /// Waits until nobody reads the data set, which may not be called from two threads at once, and keeps it so until
  /// something is announced.
  virtual void wait() = 0;
};

/// Fills batches when they are asked for, on the caller's thread.
class DESCENT_API DirectSource final : public BatchSource {
 public:
  void next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) override;
  void announce(std::int64_t, const Sampler::Cursor&, std::int64_t) override {}
  void wait() override {}
};

/// Makes the source of a training that has `batches` batches a step of up to `capacity` examples; null: a DirectSource.
using MakeBatchSource = std::function<std::unique_ptr<BatchSource>(
    const Sampler& sampler, const Fields& fields, std::int64_t capacity, std::size_t batches)>;

}  // namespace descent::data
