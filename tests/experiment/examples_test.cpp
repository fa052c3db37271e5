#include <catch2/catch.hpp>

#include "descent/experiment/yaml.hpp"
#include "experiment/load.hpp"

namespace fs = std::filesystem;

TEST_CASE("every experiment of this tree loads, and loads again as it was resolved") {
  descent::Registry registry;
  registry.add_standard_folders();
  const TemporaryFolder folder;
  int loaded = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(DESCENT_SOURCE_DIR) / "experiments")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    descent::Problems problems;
    descent::Value content = descent::read_experiment(entry.path(), problems);
    problems.throw_if_any();
    // Many runs in one file; each of them is what is left without the axes.
    content.erase("sweep");
    const descent::Experiment first = descent::load_experiment(content, entry.path(), registry, {});
    const auto file = folder.write("experiment.yaml", descent::to_yaml(first.resolved));
    CHECK(descent::load_experiment(file, registry).resolved == first.resolved);
    ++loaded;
  }
  CHECK(loaded > 0);
}
