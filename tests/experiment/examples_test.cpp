#include <catch2/catch.hpp>

#include <sstream>

#include "descent/experiment/yaml.hpp"
#include "descent/plugin/schedule_forms.hpp"
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
    descent::Diagnostics diagnostics;
    descent::Value content = descent::experiment::read_experiment(entry.path(), diagnostics);
    diagnostics.throw_if_any();
    // Many runs in one file; each of them is what is left without the axes.
    content.erase("sweep");
    const descent::experiment::Experiment first =
        descent::experiment::load_experiment(content, entry.path(), registry, {});
    const auto file = folder.write("experiment.yaml", descent::experiment::to_yaml(first.resolved));
    CHECK(descent::experiment::load_experiment(file, registry).resolved == first.resolved);
    ++loaded;
  }
  CHECK(loaded > 0);
}

TEST_CASE("the reference of the experiment file names all that the parsers' tables know") {
  std::ostringstream text;
  text << std::ifstream(fs::path(DESCENT_SOURCE_DIR) / "framework/descent/experiment/README.md").rdbuf();
  const auto is_named = [&](const std::string& word) {
    INFO(word);
    CHECK((text.str().find("`" + word + "`") != std::string::npos ||
           text.str().find("`" + word + ": ") != std::string::npos ||
           text.str().find("`{" + word + ": ") != std::string::npos));
  };
  for (const descent::ScheduleRow& row : descent::schedule_rows()) {
    is_named(row.name);
    for (const descent::ScheduleKey& key : row.keys) is_named(key.name);
  }
  descent::Registry registry;
  registry.add_standard_folders();
  for (const descent::PluginInfo& info : registry.plugins())
    if (info.kind == descent::PluginKind::layer) is_named(info.name);
  for (const auto& names : {descent::initialize::names(), descent::experiment::optimizer_measure_names()})
    for (const std::string& name : names) is_named(name);
  for (const descent::NetworkSpec::Key& key : descent::NetworkSpec::keys()) is_named(key.name);
}
