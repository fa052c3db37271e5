#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "descent/autograd/variable.hpp"
#include "descent/base/api.hpp"
#include "descent/base/random.hpp"

namespace descent {

enum class Mode {
  training,   ///< dropout drops, batch normalization uses the batch's statistics and stages its running ones
  evaluation  ///< neither
};

/// One evaluation of a model: its mode and its random numbers. A pass that is made anew with the same
/// counters draws the same numbers again, which is what the second gradient of a probe needs.
class DESCENT_API Pass {
 public:
  Pass(Mode mode, std::uint64_t seed, std::int64_t step, std::int64_t evaluation, bool stages_buffers);
  virtual ~Pass();

  Mode mode() const { return mode_; }
  bool training() const { return mode_ == Mode::training; }
  /// The trainer's step, from 1; 0 before the first.
  std::int64_t step() const { return step_; }
  /// Whether modules may stage new buffer values now.
  bool stages_buffers() const { return stages_buffers_; }

  /// The stream of this name, placed behind the draws that were made from it in this pass. One call, one
  /// draw.
  RandomStream random(std::string_view name);
  /// Standard normal noise.
  Variable normal(std::string_view name, const Shape& shape);
  /// Uniform noise in (0, 1).
  Variable uniform(std::string_view name, const Shape& shape);

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
  bool stages_buffers_;
  std::array<Draws, max_streams> draws_;
  std::size_t streams_ = 0;
};

}  // namespace descent
