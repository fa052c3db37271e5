#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "descent/base/temporary_folder.hpp"
#include "descent/experiment/experiment.hpp"

/// The registry of the test plugins, and of the shipped layers alone: other names would change what is
/// suggested. Loading a library twice would be slow.
inline descent::Registry& test_registry() {
  static const descent::TemporaryFolder layers;
  static descent::Registry registry = [] {
    const std::filesystem::path built = DESCENT_BINARY_DIR;
    for (const auto& file : std::filesystem::directory_iterator(built / "lib/descent/plugins"))
      if (file.path().filename().string().starts_with("layer_"))
        std::filesystem::create_symlink(file.path(), layers.path() / file.path().filename());
    descent::Registry r;
    r.add_folder(built / "tests/plugins");
    r.add_folder(layers.path());
    return r;
  }();
  return registry;
}

/// A folder of its own that is gone with the object.
class TemporaryFolder : public descent::TemporaryFolder {
 public:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
};

inline descent::experiment::Experiment load_text(const std::string& text,
                                                 const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  return descent::experiment::load_experiment(folder.write("ring.yaml", text), test_registry(), {overrides});
}

/// What is wrong with an experiment, its folder's name left out; empty: nothing.
inline std::string load_problem(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  try {
    descent::experiment::load_experiment(folder.write("ring.yaml", text), test_registry(), {overrides});
  } catch (const descent::Error& error) {
    std::string message = error.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix))
      message.erase(at, prefix.size());
    return message;
  }
  return "";
}

/// Two players' game, in the shape of a GAN's experiment.
inline const std::string ring = R"(name: gan_ring
seed: 1
threads: 1
dataset: {plugin: test_mixture, stddev: 0.01}
model: {plugin: test_pair}
loss: {plugin: test_bilinear}
optimizer:
  generator:     {plugin: test_descent, learning_rate: 1.0e-3}
  discriminator: [test_norm_player, {plugin: test_descent, learning_rate: 1.0e-3}]
trainer:
  batch_size: 128
  steps: 20000
  turns: [{discriminator: 1}, {generator: 1}]
metrics:
  - {plugin: test_reader, examples: 2500, every: 500}
log:
  metrics: {every: 50}
  samples: {every: 500, count: 2500}
  tensors: [{values: generator.*, every: 5000}]
checkpoint: {every: 1000, keep: 2}
)";

/// The smallest experiment.
inline const std::string smallest =
    "model: test_point\nloss: test_quadratic\noptimizer: test_descent\ntrainer: {steps: 10}\n";
