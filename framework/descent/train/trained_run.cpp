#include <fmt/format.h>

#include "descent/train/run.hpp"
#include "descent/train/state.hpp"
#include "descent/train/training.hpp"

namespace descent {

namespace {

class LoadedRun final : public TrainedRun {
 public:
  explicit LoadedRun(const std::filesystem::path& directory)
      : experiment_(load(directory)), training_(experiment_, load_trained_run) {
    load_state(training_, directory / "checkpoints" / "final.h5");
  }
  Model& model() override { return training_.model(); }
  const Fields& fields() const override { return training_.fields(); }

 private:
  Experiment load(const std::filesystem::path& directory) {
    if (!std::filesystem::exists(directory / "checkpoints" / "final.h5"))
      throw Error(fmt::format("{} is no finished run: it has no checkpoints/final.h5", directory.string()));
    registry_.add_standard_folders();
    return load_experiment(directory / "experiment.yaml", registry_);
  }

  Registry registry_;
  Experiment experiment_;
  Training training_;
};

}  // namespace

std::shared_ptr<TrainedRun> load_trained_run(const std::filesystem::path& directory) {
  return std::make_shared<LoadedRun>(directory);
}

}  // namespace descent
