#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "descent/autograd/variable.hpp"
#include "descent/base/api.hpp"
#include "descent/base/random.hpp"

namespace descent {

enum class Mode {
  training,   ///< dropout drops, batch normalization uses the batch's statistics and stages its running ones
  evaluation  ///< neither
};

/// What a pass does to the model's buffers.
enum class BufferUpdates {
  none,
  staged,      ///< a training pass stages new values, which the host commits
  reestimated  ///< running averages become plain means over all passes since the host began: at evaluation points
};

/// One evaluation of a model: its mode and its random numbers. A pass that is made anew with the same
/// counters draws the same numbers again, which is what the second gradient of a probe needs.
class DESCENT_API Pass {
 public:
  Pass(Mode mode, std::uint64_t seed, std::int64_t step, std::int64_t evaluation, BufferUpdates updates);
  virtual ~Pass();

  Mode mode() const { return mode_; }
  bool training() const { return mode_ == Mode::training; }
  /// The trainer's step, from 1; 0 before the first.
  std::int64_t step() const { return step_; }
  /// Whether modules may stage new buffer values now.
  bool stages_buffers() const { return updates_ != BufferUpdates::none; }
  BufferUpdates buffer_updates() const { return updates_; }

  /// While one lives, forwards in training mode stage nothing: for pseudo-inputs, nested evaluations and what
  /// else is not the training data.
  class NoBufferUpdates {
   public:
    explicit NoBufferUpdates(Pass& pass) : pass_(pass), before_(pass.updates_) {
      pass_.updates_ = BufferUpdates::none;
    }
    ~NoBufferUpdates() { pass_.updates_ = before_; }
    NoBufferUpdates(const NoBufferUpdates&) = delete;
    NoBufferUpdates& operator=(const NoBufferUpdates&) = delete;

   private:
    Pass& pass_;
    BufferUpdates before_;
  };
  [[nodiscard]] NoBufferUpdates no_buffer_updates() { return NoBufferUpdates(*this); }

  /// The stream of this name, placed behind the draws that were made from it in this pass. One call, one
  /// draw.
  RandomStream random(std::string_view name);
  /// Standard normal noise.
  Variable normal(std::string_view name, const Shape& shape);
  /// Uniform noise in (0, 1).
  Variable uniform(std::string_view name, const Shape& shape);

  /// The result of the layer that says `tap: true` and was evaluated last; undefined: there was none.
  const Variable& tapped() const { return tapped_; }
  /// For networks.
  void tap(Variable result) { tapped_ = std::move(result); }

 private:
  struct Draws {
    std::uint64_t key;
    std::uint32_t count;
  };
  static constexpr std::size_t max_streams = 64;
  Mode mode_;
  std::uint64_t seed_;
  std::int64_t step_;
  std::int64_t evaluation_;
  BufferUpdates updates_;
  Variable tapped_;
  std::array<Draws, max_streams> draws_;
  std::size_t streams_ = 0;
};

}  // namespace descent
