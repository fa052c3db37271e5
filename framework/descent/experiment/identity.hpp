#pragma once

#include <map>
#include <string>
#include <string_view>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::experiment {

/// Whether the option at a key path has a part in what a run is. `log`, `checkpoint` and `trainer.prefetch` have none: they
/// say what is kept of it, and how its batches are made; its numbers are the same. Nor has `name`.
DESCENT_API bool is_part_of_run(std::string_view path);

/// What a run is: its resolved experiment without the options that have no part in it; and its steps by themselves, for a
/// run that gets more of them goes on, and does not become another one.
struct RunIdentity {
  std::string text;  ///< the same for the same run
  Value steps;       ///< `trainer.steps`: a whole number, or a text such as `20 epochs`

  /// Whether it is the same run, and as long.
  bool operator==(const RunIdentity&) const = default;
  /// Whether it is the same run, and shorter; both are counted in the same unit.
  DESCENT_API bool is_beginning_of(const RunIdentity& longer) const;
};

/// Knows runs by the texts of their resolved experiments, as to_yaml() writes them. Of many texts that have much in common
/// little is parsed.
class DESCENT_API IdentityReader {
 public:
  /// Throws Error where `trainer` cannot be read.
  RunIdentity read(std::string_view resolved);

 private:
  std::map<std::string, RunIdentity, std::less<>> trainers_;  // by the section's text
};

/// The same for one.
DESCENT_API RunIdentity identity_of(std::string_view resolved);

/// A resolved experiment's text without its `name`.
DESCENT_API std::string without_name(std::string_view resolved);

}  // namespace descent::experiment
