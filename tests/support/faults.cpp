#include "support/faults.hpp"

#include <fstream>
#include <utility>

namespace descent::testing {

FaultInjector::FaultInjector(std::filesystem::path root) : root_(std::move(root)) {}

std::vector<std::string> FaultInjector::environment(const Fault& fault) {
  std::ofstream(state_, std::ios::binary) << std::string(4096, '\0');
  return {std::string("LD_PRELOAD=") + DESCENT_BINARY_DIR + "/tests/libinject_faults.so",
          "DESCENT_FAULT=" + fault.action,
          "DESCENT_FAULT_AT=" + std::to_string(fault.at),
          "DESCENT_FAULT_ROOT=" + root_.string(),
          "DESCENT_FAULT_STATE=" + state_.string(),
          "DESCENT_FAULT_OF=" + fault.calls,
          "DESCENT_FAULT_NOT=" + fault.spared};
}

std::uint64_t FaultInjector::number(std::size_t place) const {
  const std::string bytes = content(state_);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + place * sizeof number, sizeof number);
  return number;
}

std::string FaultInjector::text(std::size_t offset, std::size_t size) const {
  return content(state_).substr(offset, size).c_str();
}

}  // namespace descent::testing
