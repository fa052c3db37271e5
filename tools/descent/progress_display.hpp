#pragma once

#include <string>

#include "descent/run/run.hpp"
#include "terminal.hpp"

namespace descent::program {

/// `1:02:03`, `2:03`, `3 s`.
std::string duration_text(double seconds);

/// Shows how far a run is: one line redrawn in place where somebody looks, a plain line now and then
/// elsewhere.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(const Terminal& terminal) : terminal_(terminal) {}

  void show(const run::Progress& progress);
  /// A line that stays, above the live one.
  void say(const std::string& line);
  /// Leaves what is shown on a line of its own.
  void finish();

 private:
  bool due(const run::Progress& progress);
  void draw(const std::string& line);

  Terminal terminal_;
  std::string live_;
  /// Steps per second, averaged over about the last ten calls; 0 before the first.
  double rate_ = 0;
  /// Of the plain lines: when the last was printed, in seconds of the run; how long to wait for the next; and
  /// how many tenths of the run it stood for.
  double printed_at_ = 0;
  double interval_ = 5;
  std::int64_t tenths_ = 0;
};

}  // namespace descent::program
