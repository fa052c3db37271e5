#pragma once

/// What the files of a sweep's directory are called, beside the folders of its runs.
namespace descent::sweep::files {

inline constexpr const char* frame = "sweep.yaml";       ///< the experiment and the section `sweep`, frozen
inline constexpr const char* runs = "runs.jsonl";        ///< the list of runs, one to a line
inline constexpr const char* journal = "journal.jsonl";  ///< what successive halving or a search has decided
inline constexpr const char* results = "sweep.h5";       ///< written by `descent collect`
// Of a job array, in a folder of its own.
inline constexpr const char* tasks = "tasks.txt";
inline constexpr const char* job = "job.yaml";

}  // namespace descent::sweep::files
