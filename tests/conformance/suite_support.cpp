#include "suite_support.hpp"

#include <set>

#include "../../tools/descent/heap_counter.hpp"

namespace conformance_test {

namespace fs = std::filesystem;

descent::Registry& shipped_registry() {
  static descent::Registry registry = [] {
    descent::Registry made;
    made.add_folder(fs::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");
    return made;
  }();
  return registry;
}

std::vector<std::string> shipped(PluginKind kind) {
  std::vector<std::string> names;
  for (const descent::PluginInfo& info : shipped_registry().plugins())
    if (info.kind == kind) names.push_back(info.name);
  return names;
}

std::map<std::string, Finding> findings(descent::Registry& registry, PluginKind kind, const std::string& name,
                                        const descent::Value& options) {
  const auto subject = descent::conformance::make_subject(registry.load(kind, name), options, registry,
                                                          descent::program::heap_counter());
  std::map<std::string, Finding> all;
  for (const auto& check : descent::conformance::checks(kind))
    all[check.name] = descent::conformance::run(check, subject);
  return all;
}

std::vector<std::string> failures(const std::map<std::string, Finding>& findings) {
  std::vector<std::string> texts;
  for (const auto& [check, finding] : findings)
    if (finding.outcome == Outcome::failed) texts.push_back(check + " (" + finding.text + ")");
  return texts;
}

std::vector<std::string> failed_checks(const std::map<std::string, Finding>& findings) {
  std::vector<std::string> names;
  for (const auto& [check, finding] : findings)
    if (finding.outcome == Outcome::failed) names.push_back(check);
  return names;
}

}  // namespace conformance_test
