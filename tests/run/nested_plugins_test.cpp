#include <catch2/catch.hpp>
#include <fstream>

#include "descent/run/run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

namespace fs = std::filesystem;

namespace {

// A layer of this library, named by its path, inside of a residual layer of a loss's own network.
std::string experiment_with(const fs::path& library) {
  return "name: nested\nmodel: {plugin: point, start: [1.0]}\n"
         "loss:\n"
         "  plugin: test_critic\n"
         "  network: {layers: [{residual: {layers: [{linear: 2}, {plugin: '" +
         library.string() +
         "', start: 0.5}], shortcut: {linear: 2}}}, tanh]}\n"
         "optimizer: {'*.shortcut.*': frozen, '*': {plugin: sgd, learning_rate: 0.1}}\n"
         "trainer: {steps: 4}\ncheckpoint: {every: 2}\nlog: {tensors: [{values: '*', every: 1}]}\n";
}

}  // namespace

TEST_CASE("a layer by its path, inside of a layer of a loss's network, trains and is recorded") {
  const ScratchFolder folder;
  const fs::path library = folder.path / "my_layer.so";
  fs::copy_file(fs::path(DESCENT_BINARY_DIR) / "tests/plugins/layer_test_scale.so", library);
  run::RunOptions options;
  options.root = folder.path / "runs";
  std::atomic<bool> stop = false;
  options.until = 2;
  const run::RunResult result =
      run::run_experiment(experiment_of(experiment_with(library)), test_registry(), options);
  REQUIRE(result.status == runlog::RunStatus::stopped);

  const runlog::LogReader log(result.directory / "log.h5");
  const auto series = log.series();
  const auto is_logged = [&](const std::string& name) {
    return std::any_of(series.begin(), series.end(),
                       [&](const auto& one) { return one.path.find(name) != std::string::npos; });
  };
  CHECK(is_logged("critic.0.layers.1.gain"));
  CHECK(is_logged("critic.0.shortcut.0.weight"));
  const std::string frozen = content(result.directory / "experiment.yaml");
  CHECK_THAT(frozen, Contains("my_layer.so#test_scale") && Contains("start: 0.5") && Contains("outputs: 2"));
  std::vector<std::string> plugins;
  for (const runlog::PluginRow& row : log.plugins()) plugins.push_back(row.kind + " " + row.name);
  for (const char* name : {"layer linear", "layer residual", "layer test_scale", "layer tanh"})
    CHECK_THAT(plugins, Catch::VectorContains(std::string(name)));

  SECTION("it goes on with the same bits") {
    options.until = 0;
    const run::RunResult rest = run::resume_run(result.directory, test_registry(), {}, options);
    CHECK(rest.status == runlog::RunStatus::done);
  }
  SECTION("edited since, it is refused and named") {
    std::ofstream(library, std::ios::app | std::ios::binary) << "edited";
    const std::string refusal =
        error_of([&] { run::resume_run(result.directory, test_registry(), {}, options); });
    CHECK_THAT(refusal, Contains("layer") && Contains("test_scale"));
  }
}
