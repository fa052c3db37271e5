#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/process.hpp"
#include "run_program.hpp"

namespace descent::testing {

/// A Slurm of one node with two CPUs, on loopback, with files and ports of its own: munged, slurmctld and
/// slurmd as Debian has them. While it lives, this process and those that it starts use it (SLURM_CONF).
/// Jobs of the partition `urgent` take the place of those of `compute`, which are requeued. An array has at
/// most eight tasks. Ends with all its jobs and daemons.
class SlurmCluster {
 public:
  /// Why there can be none here, or nothing.
  static std::string obstacle();

  /// Waits until the node takes jobs; throws std::runtime_error with the daemons' words when it does not.
  SlurmCluster();
  ~SlurmCluster();
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

 private:
  void configure();
  void start(const std::vector<std::string>& daemon);
  void wait_for_node();
  void stop();

  ScratchFolder folder_;
  std::vector<Process> daemons_;
};

}  // namespace descent::testing
