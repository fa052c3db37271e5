#include "descent/runlog/run_status.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent::runlog {

static constexpr std::array words = {"pending", "running", "done",    "stopped", "diverged",
                                     "failed",  "timeout", "skipped", "killed",  "damaged"};
static constexpr std::size_t written = static_cast<std::size_t>(RunStatus::killed);  // those before it

const char* text(RunStatus status) {
  return words[static_cast<std::size_t>(status)];
}

RunStatus run_status(std::string_view word) {
  for (std::size_t i = 0; i < written; ++i)
    if (word == words[i]) return static_cast<RunStatus>(i);
  throw Error(fmt::format("'{}' is no status of a run{}", word,
                          suggestion(word, {words.begin(), words.begin() + written})));
}

}  // namespace descent::runlog
