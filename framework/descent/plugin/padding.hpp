#pragma once

#include <cstdint>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/kernels/convolution.hpp"

namespace descent {

/// The zeros around an image, as an experiment chooses them for a layer that moves a window over it:
///
///     padding: valid              # none
///     padding: same               # enough for ⌈n/stride⌉ places; the smaller half comes first
///     padding: 1                  # on each side
///     padding: [1, 2]             # above and below, left and right
///     padding: [[0, 1], [1, 2]]   # above 0, below 1; left 1, right 2
class DESCENT_API Padding {
 public:
  /// None.
  Padding() = default;
  /// Adds what is wrong to `diagnostics`, with its location.
  static Padding parse(const Value& value, Diagnostics& diagnostics);

  bool is_same() const { return same_; }
  /// `windows` with this padding, on an image of `size`. Throws Error where the window is larger than the padded image.
  Windows2d around(Windows2d windows, const Extents2d& size) const;
  /// `windows` with this padding, where `places` windows make an image: what a transposed convolution does. The
  /// image is larger by `extra` below and on the right. Throws Error where nothing is left of it.
  struct Transposed {
    Windows2d windows;
    Extents2d size;
  };
  Transposed made_of(Windows2d windows, const Extents2d& places, const Extents2d& extra) const;

 private:
  void pad_same(Windows2d& windows, const Extents2d& size) const;

  bool same_ = false;
  Extents2d before_{0, 0};
  Extents2d after_{0, 0};
};

}  // namespace descent
