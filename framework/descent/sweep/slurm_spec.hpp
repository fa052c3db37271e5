#pragma once

#include "descent/config/diagnostics.hpp"
#include "descent/sweep/sweep_spec.hpp"

namespace descent::sweep {

/// Reads `sweep.launcher.slurm`, null for none. What it asks for goes into lines that sbatch reads, so that
/// what has not its form is a problem here. Internal.
SlurmSpec read_slurm_spec(const Value* options, Diagnostics& diagnostics);

}  // namespace descent::sweep
