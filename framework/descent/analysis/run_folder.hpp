#pragma once

#include <filesystem>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::analysis {

/// Whether a directory is that of a run: it holds `experiment.yaml` and `status.yaml`.
DESCENT_API bool is_run(const std::filesystem::path& directory);

/// Throws Error, with what is near, when there is nothing at `place`.
DESCENT_API void require_exists(const std::filesystem::path& location);

/// The run at `place`: its directory, or its log.h5, experiment.yaml, status.yaml or events.jsonl. Throws
/// Error that names the runs below `place`, or what is near, when it is none.
DESCENT_API std::filesystem::path run_at(const std::filesystem::path& location);

/// Whether it is a file beside a run's own, or anywhere else, such as a packed copy of its log.
DESCENT_API bool is_other_file(const std::filesystem::path& location);

/// Throws Error where a command's output would replace a file of a run, or one of its checkpoints.
DESCENT_API void require_no_file_of_a_run(const std::filesystem::path& output);

/// Every run at and below `place`, `seed=2` before `seed=10`; those that were moved aside (`seed=1.old-1`)
/// only where `place` is one or lies in one. Throws Error when `place` is not there, or holds no run.
DESCENT_API std::vector<std::filesystem::path> find_runs(const std::filesystem::path& location);

/// The same, none where there is none.
DESCENT_API std::vector<std::filesystem::path> runs_below(const std::filesystem::path& directory);

/// find_runs() of all places in their order, each run once.
DESCENT_API std::vector<std::filesystem::path> find_runs(const std::vector<std::filesystem::path>& places);

}  // namespace descent::analysis
