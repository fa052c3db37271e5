#include <catch2/catch.hpp>

#include "descent/base/error.hpp"
#include "descent/conformance/exceptions.hpp"
#include "descent/experiment/yaml.hpp"
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

// Minutes under a sanitizer, seconds otherwise.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const char* const long_under_sanitizers = "[slow]";
#else
static const char* const long_under_sanitizers = "";
#endif

TEST_CASE("every optimizer that the registry finds passes its suite", long_under_sanitizers) {
  every_plugin_passes(PluginKind::optimizer);
}

TEST_CASE("every model that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::model);
}

TEST_CASE("every layer that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::layer);
}

TEST_CASE("every loss that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::loss);
}

TEST_CASE("every data set that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::dataset);
}

TEST_CASE("every metric that the registry finds passes its suite") {
  every_plugin_passes(PluginKind::metric);
}

TEST_CASE("every loss, model and metric is played, on a partner of the suite or of the registry") {
  for (const PluginKind kind : {PluginKind::model, PluginKind::loss, PluginKind::metric}) {
    const char* check = kind == PluginKind::metric ? "measures" : "gradients";
    for (const std::string& name : shipped(kind)) {
      INFO(descent::kind_name(kind) << " '" << name << "'");
      // What needs a file of the user's cannot be played by itself; it has a test of its own.
      const auto& options = shipped_registry().load(kind, name).options().options();
      const bool needs_file = std::any_of(options.begin(), options.end(), [](const descent::Option& option) {
        return option.required && option.type == descent::OptionType::path;
      });
      // A classifier: of a run, or of a file.
      const bool needs_judge = name == "class_coverage" || name == "conditional_accuracy";
      const Outcome expected = needs_file || needs_judge ? Outcome::not_applicable : Outcome::passed;
      CHECK(findings(shipped_registry(), kind, name).at(check).outcome == expected);
    }
  }
}

TEST_CASE("a trial value takes the place of a default that would take long, unless the user gives one") {
  const auto& metric = shipped_registry().load(PluginKind::metric, "iwae_bound");
  const auto options_of = [&](const descent::Value& given) {
    return descent::conformance::make_subject(metric, given, shipped_registry()).options;
  };
  CHECK(options_of({}).find("samples")->integer() == 5);
  descent::Value own = descent::Value::map();
  own.set("samples", descent::Value::of(7));
  CHECK(options_of(own).find("samples")->integer() == 7);
  CHECK(options_of(own).find("examples")->integer() == 30);
}

TEST_CASE("options lead to what is not applicable without them") {
  descent::Diagnostics problems;
  const auto of = [&](PluginKind kind, const char* name, const char* option, const char* yaml) {
    descent::Value options = descent::Value::map();
    options.set(option, descent::experiment::parse_yaml_value(yaml, option, problems));
    return findings(shipped_registry(), kind, name, options);
  };
  const auto network =
      of(PluginKind::model, "mlp", "network", "{hidden: [8], batch_norm: true, dropout: 0.2}");
  CHECK(failures(network) == std::vector<std::string>());
  CHECK(network.at("buffers").outcome == Outcome::passed);
  const auto finite = of(PluginKind::dataset, "gaussian_ring", "samples", "50");
  CHECK(failures(finite) == std::vector<std::string>());
  CHECK(finite.at("order").outcome == Outcome::passed);
  CHECK(problems.empty());
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
