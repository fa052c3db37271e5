// Whole experiments: merged, with plugins loaded and options checked. The first part is the file, the others are assignments of the
// command line.
#include "descent/experiment/experiment.hpp"

#include <optional>

#include "descent/experiment/yaml.hpp"
#include "fuzz/target.hpp"

using namespace descent;

// An experiment adds its own folders to the registry; the next input gets one without.
static Registry& fresh_registry() {
  static std::optional<Registry> registry;
  if (registry && registry->folders().size() == 1) return *registry;
  registry.emplace();
  registry->add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");
  return *registry;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 4);
  const auto file = files.write("fuzz.yaml", parts[0]);
  const experiment::LoadOptions options{{parts.begin() + 1, parts.end()}};
  fuzz::reads([&] {
    const experiment::Experiment loaded = experiment::load_experiment(file, fresh_registry(), options);
    const auto resolved = files.write("resolved.yaml", experiment::to_yaml(loaded.resolved));
    const experiment::Experiment again = experiment::load_experiment(resolved, fresh_registry());
    fuzz::require(again.resolved == loaded.resolved, "a resolved experiment resolves to itself");
  });
  return 0;
}
