#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "descent/train/training.hpp"

namespace descent::testing {

/// A registry that knows the plugins of this build, and those made for tests.
std::unique_ptr<Registry> make_registry();

/// A folder of its own below the system's temporary one, removed when it goes.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An experiment written down in a test: the text goes to a file `NAME.yaml`, and is read as a user's would be.
class ExperimentText {
 public:
  explicit ExperimentText(const std::string& yaml, const std::vector<std::string>& overrides = {},
                          const std::string& name = "experiment");
  const Experiment& experiment() const { return experiment_; }
  Registry& registry() { return *registry_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  /// Everything assembled, at step 0.
  std::unique_ptr<Training> training() const;

 private:
  ScratchFolder folder_;
  std::unique_ptr<Registry> registry_;
  Experiment experiment_;
};

/// A file of `experiments/`, with overrides.
Experiment shipped_experiment(const std::string& file, Registry& registry, const std::vector<std::string>& overrides = {});

/// The value of a parameter, as doubles; the parameter must exist.
std::vector<double> parameter_values(const Training& training, const std::string& name);

}  // namespace descent::testing
