#pragma once

#include <map>
#include <string>
#include <vector>

#include "descent/conformance/suite.hpp"

namespace conformance_test {

using descent::PluginKind;
using descent::conformance::Finding;
using descent::conformance::Outcome;

/// The plugins of this tree alone.
descent::Registry& shipped_registry();
/// The names of its plugins of one kind.
std::vector<std::string> shipped(PluginKind kind);

/// What each check of the kind finds, by the check's name.
std::map<std::string, Finding> findings(descent::Registry& registry, PluginKind kind, const std::string& name,
                                        const descent::Value& options = descent::Value::map());
/// The checks that failed, with what they saw: `heap (3 allocations …)`.
std::vector<std::string> failures(const std::map<std::string, Finding>& findings);
/// The names of the checks that failed.
std::vector<std::string> failed_checks(const std::map<std::string, Finding>& findings);

}  // namespace conformance_test
