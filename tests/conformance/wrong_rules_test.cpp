#include <catch2/catch.hpp>

#include "descent/base/error.hpp"
#include "suite_support.hpp"
#include "support/experiment_text.hpp"

using namespace conformance_test;
using Catch::Matchers::Contains;
using descent::testing::test_registry;
using Names = std::vector<std::string>;

static std::map<std::string, Finding> of_rule(const std::string& name) {
  return findings(test_registry(), PluginKind::optimizer, name);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const Names heap_failures = {};
#else
static const Names heap_failures = {"heap"};
#endif

TEST_CASE("a sound rule passes every check") {
  CHECK(failures(of_rule("test_descent")) == Names());
}

TEST_CASE("an option that does nothing fails the check of options alone") {
  const auto found = of_rule("test_idle_option");
  CHECK(failed_checks(found) == Names{"options"});
  CHECK_THAT(found.at("options").text, Contains("'beta' changes nothing"));
}

TEST_CASE("a rule that takes memory in every update fails the check of the heap alone") {
  CHECK(failed_checks(of_rule("test_allocates")) == heap_failures);
}

TEST_CASE("a rule that depends on the size of blocks fails the check of threads and blocks alone") {
  const auto found = of_rule("test_block_dependent");
  CHECK(failed_checks(found) == Names{"threads_and_blocks"});
  CHECK_THAT(found.at("threads_and_blocks").text, Contains("in blocks of 16"));
}

TEST_CASE("a rule that keeps something in itself fails the check of saving and loading alone") {
  CHECK(failed_checks(of_rule("test_remembers")) == Names{"save_and_load"});
}

TEST_CASE("a rule that keeps NaN in a slot without a word fails the check of hard gradients alone") {
  const auto found = of_rule("test_silent_nan");
  CHECK(failed_checks(found) == Names{"hard_gradients"});
  CHECK_THAT(found.at("hard_gradients").text, Contains("1_test_silent_nan.average/vector.value holds"));
}

TEST_CASE("a rule that goes up solves no problem") {
  CHECK(failed_checks(of_rule("test_climbs")) ==
        Names{"clip_norm", "game", "logistic_regression", "rosenbrock", "sphere"});
}

TEST_CASE("what a rule throws is a failure with its message") {
  for (const auto& [check, finding] : of_rule("test_throws")) {
    INFO(check);
    if (finding.outcome == Outcome::not_applicable) continue;  // under a sanitizer nothing can count
    CHECK(finding.outcome == Outcome::failed);
    CHECK_THAT(finding.text, Contains("the rule gave up"));
  }
}

TEST_CASE("a rule for matrices alone is played on matrices, and on the rest with a fallback") {
  const auto found = of_rule("test_matrix_rule");
  CHECK(found.at("save_and_load").outcome == Outcome::passed);
  CHECK(found.at("threads_and_blocks").outcome == Outcome::passed);
}

TEST_CASE("options that a plugin does not know, or that lie outside of their limits, are errors") {
  const auto with = [](const char* key, double value) {
    descent::Value options = descent::Value::map();
    options.set(key, descent::Value::of(value));
    return descent::testing::error_of(
        [&] { findings(shipped_registry(), PluginKind::optimizer, "adam", options); });
  };
  CHECK_THAT(with("beta", 0.5), Contains("optimizer 'adam' has no option 'beta'; did you mean 'beta1'?"));
  CHECK_THAT(with("beta1", 1.5), Contains("'beta1'"));
}
