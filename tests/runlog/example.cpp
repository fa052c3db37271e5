#include "runlog/example.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

namespace descent {

runlog::LogSchema example_schema() {
  runlog::LogSchema schema;
  schema.run_id = "gan_ring-7f3a";
  schema.provenance = Value::map(
      {{"git_commit", Value::of("82b96bb"), {}},
       {"git_dirty", Value::of(false), {}},
       {"threads", Value::of(1), {}},
       {"memory_gib", Value::of(23.5), {}},
       {"argv", Value::list({Value::of("descent"), Value::of("run"), Value::of("größe.yaml")}), {}}});
  schema.experiment = "name: gan_ring\nseed: 1\n# ä€\n";
  schema.plugins = {{"model", "gan", "1", "/lib/libgan.so", std::string(64, 'a')},
                    {"optimizer", "adam", "12", "/lib/libadam.so", std::string(64, 'b')}};
  schema.sets = {
      {"train", {{"loss/generator.total", "nat", "loss of the generator"}, {"learning_rate", "", ""}}},
      {"validation.mode_coverage", {{"modes", "", "modes found"}, {"quality", "", "share of good samples"}}}};
  schema.tensors = {{"generator.0.weight/value", {3, 4}, {"output", "input"}, "weights"},
                    {"generator.0.weight/gradient", {3, 4}, {"output", "input"}, "", true},
                    {"log_scale/value", {}}};
  schema.histograms = {{"generator.0.weight/gradient_histogram", 8, "counts"}};
  schema.samples = {{"generated", {5, 2}, {"sample", "coordinate"}},
                    {"digits", {2, 6, 6, 1}, {}, "digits", false, true}};
  return schema;
}

double example_loss(std::int64_t step) {
  return step % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 / static_cast<double>(step);
}

std::vector<Scalar> example_weight(std::int64_t step) {
  std::vector<Scalar> values(12);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<Scalar>(step) + static_cast<Scalar>(i) / 16;
  return values;
}

std::vector<std::int64_t> example_counts(std::int64_t step) {
  return {0, step, 2, 3, 4, 5, 6, 7};
}

void append_example(runlog::LogWriter& log, std::int64_t first_step, std::int64_t steps) {
  const runlog::SetHandle train = log.set("train"), coverage = log.set("validation.mode_coverage");
  const runlog::SeriesHandle value = log.tensor("generator.0.weight/value"),
                             gradient = log.tensor("generator.0.weight/gradient"),
                             scale = log.tensor("log_scale/value"),
                             histogram = log.histogram("generator.0.weight/gradient_histogram"),
                             generated = log.sample("generated"), digits = log.sample("digits");
  for (std::int64_t step = first_step; step < first_step + steps; ++step) {
    const double row[] = {example_loss(step), 1e-3};
    log.append(train, step, 0.5 * static_cast<double>(step), row);
    if (step % 10 != 0) continue;
    const double found[] = {static_cast<double>(step % 9), 0.25};
    log.append(coverage, step, 0.5 * static_cast<double>(step), found);
    const std::vector<Scalar> weight = example_weight(step);
    log.append(value, step, weight);
    log.append(gradient, step, weight);
    log.append(scale, step, std::span(weight).first(1));
    log.append(histogram, step, example_counts(step), -1.5, 2.0);
    log.append(generated, step, std::span(weight).first(10));
    const std::vector<Scalar> pixels(72, static_cast<Scalar>(0.5));
    log.append(digits, step, pixels);
  }
}

void write_example(const std::filesystem::path& directory, std::int64_t steps) {
  runlog::LogWriter log(directory, example_schema());
  append_example(log, 1, steps);
  log.finish(runlog::RunStatus::done);
}

}  // namespace descent
