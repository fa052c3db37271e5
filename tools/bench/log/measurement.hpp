#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace descent::bench {

/// One number that has a bound.
struct Measurement {
  std::string what;  ///< `a step with 10 metrics logged, beside one without`
  std::string seen;  ///< the times behind the value
  double value = 0;
  double bound = 0;  ///< 0: none, it is only told
  std::string unit;  ///< `times`, `ns`, `s`
};

/// Seconds that `work` takes.
template <class Work>
double seconds_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values);

/// `12.3 µs`
std::string time_text(double seconds);

// Each in a folder of its own below the one that TMPDIR names.
std::vector<Measurement> measure_logged_steps();
std::vector<Measurement> measure_scalars();
std::vector<Measurement> measure_snapshots();
std::vector<Measurement> measure_checkpoints();
std::vector<Measurement> measure_export();

}  // namespace descent::bench
