#include <catch2/catch.hpp>

#include "descent/base/error.hpp"
#include "descent/conformance/exceptions.hpp"
#include "suite_support.hpp"

using namespace conformance_test;

namespace {

void every_plugin_passes(PluginKind kind) {
  REQUIRE_FALSE(shipped(kind).empty());
  for (const std::string& name : shipped(kind)) {
    INFO(descent::kind_name(kind) << " '" << name << "'");
    CHECK(failures(findings(shipped_registry(), kind, name)) == std::vector<std::string>());
  }
}

}  // namespace

TEST_CASE("every optimizer that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::optimizer);
}

TEST_CASE("an exception is for a plugin that is there and a check that it fails") {
  for (const auto& exception : descent::conformance::exceptions()) {
    INFO(exception.plugin << ", " << exception.check);
    CHECK(exception.reason.size() > 20);
    const auto found = findings(shipped_registry(), exception.kind, std::string(exception.plugin));
    CHECK(found.at(std::string(exception.check)).outcome == Outcome::excepted);
  }
}

TEST_CASE("no optimizer is excepted from the sphere or from logistic regression") {
  for (const auto& exception : descent::conformance::exceptions()) {
    if (exception.kind != PluginKind::optimizer) continue;
    INFO(exception.plugin);
    CHECK(exception.check != "sphere");
    CHECK(exception.check != "logistic_regression");
  }
}
