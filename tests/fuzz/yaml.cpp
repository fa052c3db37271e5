// Experiments as text: parsing, writing, and what the command line changes. The first part is a file, the others are
// assignments.
#include "descent/experiment/yaml.hpp"

#include "descent/experiment/merge.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 4);
  Diagnostics problems;
  Value value = experiment::parse_yaml(std::string(parts[0]), "fuzz.yaml", problems);
  if (problems.empty()) {
    Diagnostics none;
    const Value again = experiment::parse_yaml(experiment::to_yaml(value), "written.yaml", none);
    fuzz::require(none.empty() && again == value, "YAML that was written reads as what it was");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Diagnostics of_change;
    const std::string assignment(parts[i]);
    if (value.is(Value::Kind::map)) experiment::apply_override(value, assignment, of_change);
    const Value change = experiment::parse_yaml_value(assignment, "command line", of_change);
    experiment::merge(value, change);
    fuzz::reads([&] { experiment::split_path(assignment); });
    experiment::folder_name(assignment);
  }
  return 0;
}
