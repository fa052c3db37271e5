#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "measurement.hpp"

namespace descent::bench {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string time_text(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.1f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.1f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.1f} ms", seconds * 1e3);
  return fmt::format("{:.2f} s", seconds);
}

namespace {

constexpr const char* usage = R"(Usage: descent_log_bench [steps|scalars|snapshots|checkpoints|export]...

Measures what the log costs a run and how fast it is read, and prints a table. The exit code is 1 where a bound is missed.
Files are written below $TMPDIR (or /tmp): a file system in memory has no disk to wait for, and shows less.
)";

struct Group {
  const char* name;
  std::vector<Measurement> (*measure)();
};
constexpr Group groups[] = {{"steps", measure_logged_steps},
                            {"scalars", measure_scalars},
                            {"snapshots", measure_snapshots},
                            {"checkpoints", measure_checkpoints},
                            {"export", measure_export}};

bool print(const Measurement& one) {
  const bool within = one.bound == 0 || one.value <= one.bound;
  const std::string bound = one.bound == 0 ? "" : fmt::format("{:g}", one.bound);
  fmt::print("{:<52} {:>9.3f} {:<5} {:>6} {:<5} {}\n", one.what, one.value, one.unit, bound,
             one.bound == 0 ? ""
             : within       ? "ok"
                            : "over",
             one.seen);
  std::fflush(stdout);
  return within;
}

int run(const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted)
    if (std::none_of(std::begin(groups), std::end(groups), [&](const Group& g) { return g.name == name; })) {
      fmt::print(stderr, "{}", usage);
      return 2;
    }
  bool within = true;
  fmt::print("{:<52} {:>9} {:<5} {:>6} {:<5} {}\n", "", "value", "", "bound", "", "seen (medians)");
  for (const Group& group : groups) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), group.name) == wanted.end()) continue;
    for (const Measurement& one : group.measure()) within = print(one) && within;
  }
  return within ? 0 : 1;
}

}  // namespace

}  // namespace descent::bench

int main(int argc, char** argv) {
  using namespace descent::bench;
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    fmt::print("{}", usage);
    return 0;
  }
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& failure) {
    fmt::print(stderr, "descent_log_bench: {}\n", failure.what());
    return 2;
  }
}
