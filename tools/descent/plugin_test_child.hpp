#pragma once

#include <functional>
#include <string>
#include <vector>

#include "descent/base/process.hpp"
#include "descent/conformance/suite.hpp"

namespace descent::program {

/// What a child process tells its parent of a check, over a pipe.
struct CheckReport {
  std::string check;
  /// False: it begins now.
  bool finished = false;
  conformance::Finding finding;
};

/// The number of the pipe in the child.
inline constexpr int report_descriptor = 3;
void send_report(const CheckReport& report);

/// Starts this program anew with these arguments, its standard output joined to standard error, hands every
/// report to `receive`, and waits for its end. Throws RunError when no process can be started.
ProcessEnd run_child(const std::vector<std::string>& arguments,
                     const std::function<void(const CheckReport&)>& receive);

}  // namespace descent::program
