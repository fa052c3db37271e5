#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/descriptor.hpp"
#include "descent/config/value.hpp"

namespace descent::runlog {

/// Something that happened in a run and is no number: a warning, an evaluation, a plugin's error.
struct Event {
  double wall_time = 0;  ///< seconds since the run began
  std::int64_t step = 0;
  std::string kind;  ///< one word: `warning`, `evaluation`, `error`
  std::string message;
  Value fields = Value::map();  ///< whatever else belongs to it
};

/// `events.jsonl` of a run directory, one JSON object to a line:
///
///     {"time": 12.5, "step": 100, "kind": "warning", "message": "...", "modes": 7}
///
/// Every line is handed to the operating system at once and as a whole. NaN and infinities are the texts
/// "nan", "inf" and "-inf". For one thread at a time.
class DESCENT_API EventLog {
 public:
  /// Goes on behind what is there; a line that a killed process left unfinished is ended. Throws RunError.
  explicit EventLog(const std::filesystem::path& directory);

  /// Throws RunError when it cannot be written. No field may be called time, step, kind or message.
  void write(const Event& event);

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

/// What `events.jsonl` holds; nothing when there is none. A line that a killed process left unfinished is
/// left out. Throws Error for any other line that is no event.
DESCENT_API std::vector<Event> read_events(const std::filesystem::path& directory);

}  // namespace descent::runlog
