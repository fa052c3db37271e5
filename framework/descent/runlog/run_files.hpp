#pragma once

/// What the files of a run's directory are called.
namespace descent::runlog::files {

inline constexpr const char* experiment = "experiment.yaml";  ///< resolved: every value, defaults included
inline constexpr const char* status = "status.yaml";          ///< status_file.hpp
inline constexpr const char* log = "log.h5";                  ///< log_writer.hpp
inline constexpr const char* journal = "log.journal";         ///< detail/journal.hpp; while log.h5 is written
inline constexpr const char* events = "events.jsonl";         ///< event_log.hpp
inline constexpr const char* errors = "errors.txt";  ///< what a sweep's run printed to standard error

inline constexpr const char* checkpoints = "checkpoints";  ///< the folder of all checkpoints
// In that folder.
inline constexpr const char* best = "best.h5";  ///< where the watched metric was best
/// The best state, where a measurement that was made only because the run ended was better still.
inline constexpr const char* best_before_the_end = "best_before_the_end.h5";
inline constexpr const char* final_state = "final.h5";  ///< at the end of the last step
inline constexpr const char* sampler =
    "sampler.h5";  ///< a state with what `descent fit-sampler` has fitted to it

}  // namespace descent::runlog::files
