#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descent/train/training.hpp"

namespace descent::run {

/// Whether a generative model has collapsed, as far as samples, discriminator and posterior show it. It looks twenty times in
/// a run, from step 500 on, at the values that are trained, and names each trouble once, when three looks in a row have shown
/// it:
///
/// - *samples are alike*: their variance is below a fiftieth of the data's.
/// - *the discriminator wins*: it is right about more than 99.5 % of samples and data; five looks in a row.
/// - *posterior collapse*: no dimension of z is active, or the divergence from the prior is below 0.05 nats.
class DESCENT_API CollapseDiagnosis {
 public:
  explicit CollapseDiagnosis(std::int64_t total_steps) : total_steps_(total_steps) {}

  bool is_due(std::int64_t step) const;
  /// Returns what has been found for the first time, one sentence each. Changes nothing in training.
  std::vector<std::string> look(train::Training& training);

 private:
  struct Trouble {
    int in_a_row = 0;
    bool reported = false;
    /// Counts the look, and says whether it is the one to report at.
    bool counts(bool shown, int needed);
  };
  std::int64_t total_steps_;
  Trouble alike_, won_, posterior_;
};

}  // namespace descent::run
