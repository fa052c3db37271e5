#include <catch2/catch.hpp>

#include "experiment/load.hpp"
#include "support/test_registry.hpp"

using descent::Diagnostic;
namespace codes = descent::codes;

namespace {

// What is wrong with `smallest` when its model is another one; it must be wrong.
std::vector<Diagnostic> problems_with(const std::string& key, const std::string& section,
                                      const std::vector<std::string>& overrides = {}) {
  std::string text = smallest;
  const std::size_t start = text.find(key + ":");
  text.replace(start, text.find('\n', start) - start, key + ": " + section);
  const TemporaryFolder folder;
  try {
    descent::experiment::load_experiment(folder.write("ring.yaml", text), descent::testing::test_registry(),
                                         {overrides});
  } catch (const descent::Error& error) {
    return error.diagnostics();
  }
  return {};
}

// One, which says that `old` is now `now`.
void check_renamed(const std::vector<Diagnostic>& problems, int line, const std::string& old,
                   const std::string& now) {
  CAPTURE(old);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == codes::renamed);
  CHECK(problems[0].subject == old);
  CHECK(problems[0].location.line == line);
  CHECK_THAT(problems[0].message, Catch::Contains("'" + old + "' is now called '" + now + "'"));
}

}  // namespace

TEST_CASE("an experiment with an old name is told the new one, and where") {
  check_renamed(problems_with("model", "{plugin: mlp, network: {hidden: [3], initialiser: he_normal}}"), 1,
                "initialiser", "initializer");
  check_renamed(
      problems_with("model", "{plugin: mlp, network: {layers: [{linear: 3, initialiser: he_normal}, relu]}}"),
      1, "initialiser", "initializer");
  check_renamed(problems_with("optimizer", "[centralise, {plugin: test_descent}]"), 3, "centralise",
                "centralize");
}

TEST_CASE("an old name on the command line is told the new one") {
  const std::string network = "{plugin: mlp, network: {hidden: [3]}}";
  check_renamed(problems_with("model", network, {"model.network.initialiser=he_normal"}), 0, "initialiser",
                "initializer");
  check_renamed(problems_with("optimizer", "test_descent", {"optimizer.plugin=centralise"}), 0, "centralise",
                "centralize");
  check_renamed(problems_with("optimizer", "[centralize, test_descent]", {"optimizer.centralise.name=x"}), 0,
                "centralise", "centralize");
}

TEST_CASE("what elbo no longer has is answered with the model's option, and where") {
  const auto problems = problems_with("loss", "{plugin: elbo, likelihood: gaussian, stddev: 0.5}");
  REQUIRE(problems.size() == 2);
  for (const Diagnostic& problem : problems) {
    CHECK(problem.code == codes::renamed);
    CHECK(problem.location.file.find("ring.yaml") != std::string::npos);
    CHECK(problem.location.line > 0);
    CHECK_THAT(problem.message, Catch::Contains("loss 'elbo' no longer has '" + problem.subject + "'") &&
                                    Catch::Contains("model: {plugin: vae, likelihood: "));
  }
}
