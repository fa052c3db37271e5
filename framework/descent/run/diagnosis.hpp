#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "descent/train/update_statistics.hpp"

namespace descent::run {

/// What is wrong with how a run trains, as far as norms show it. It looks at every layer (the parameters
/// whose names differ only behind the last dot) some twenty times in a run and names each trouble once:
///
/// - *gradients vanish*: three times in a row a layer's ‖g‖ / ‖θ‖ was below 1e-7 and below 1e-4 of that of
/// its
///   player's liveliest layer. Where all gradients are small together, the player has converged.
/// - *gradients explode*: ‖g‖ was above ‖θ‖ and above a thousand times its median until then.
/// - *updates are larger than values*: three times in a row ‖Δθ‖ was above ‖θ‖.
/// - *values explode*: a run diverged and ‖θ‖ had grown a thousandfold since the first look, or was no
/// number.
class DESCENT_API Diagnosis {
 public:
  explicit Diagnosis(std::int64_t total_steps) : total_steps_(total_steps) {}

  /// The steps at which it looks: 1, 10, 100 and every twentieth part of the run.
  bool is_due(std::int64_t step) const;
  /// Takes what was measured at a step that is due. Returns what has been found for the first time, one
  /// sentence each: `gradients vanish at encoder.0 (1e-9 of its values)`.
  std::vector<std::string> look(const train::UpdateStatistics& statistics, std::int64_t step);
  /// The same for the values a diverged run ended with.
  std::vector<std::string> look_at_divergence(const train::Training& training);

 private:
  struct Layer {
    std::string name;
    std::size_t player = 0;
    train::UpdateSums now;
    std::vector<double> gradient_norms;  // one for each look
    double first_value_norm = 0;
    int vanishing = 0, overtaking = 0;  // looks in a row
    bool vanishing_told = false, explosion_told = false, overtaking_told = false;
  };
  void gather(const train::UpdateStatistics& statistics, std::int64_t step);
  void judge(Layer& layer, double liveliest, std::vector<std::string>& found);

  std::int64_t total_steps_;
  std::vector<Layer> layers_;
};

}  // namespace descent::run
