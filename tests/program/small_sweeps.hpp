#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "descent/sweep/scheduler.hpp"
#include "run_program.hpp"

/// Small sweeps that are really played.
namespace descent::testing {

/// Twenty steps down Rosenbrock's valley, with this section `sweep`.
std::string valley(const std::string& sweep);
/// A game that is long enough to be killed in the middle, with noise, turns and checkpoints.
std::string game(const std::string& sweep);

/// `descent sweep` with these arguments, in the folder.
Finished sweep_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                  const std::vector<std::string>& environment = {});
/// What `descent status --csv` prints there.
std::string status_of(const ScratchFolder& folder, const std::vector<std::string>& environment = {});
/// What each run of a sweep's folder says of itself, by its folder.
std::map<std::string, runlog::RunState> states_of(const std::filesystem::path& sweep);

}  // namespace descent::testing
