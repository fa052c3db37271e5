#include <catch2/catch.hpp>

#include "run_program.hpp"

using Catch::Matchers::Contains;
using namespace descent::testing;

namespace {
const std::filesystem::path source = DESCENT_SOURCE_DIR;
}

TEST_CASE("scripts have no slips of grammar, explain themselves and refuse what they do not know",
          "[scripts]") {
  const ScratchFolder folder;
  for (const char* name : {"tools/quickstart", "tools/test", "tools/fresh", "tools/packages"}) {
    INFO(name);
    const std::string script = (source / name).string();
    CHECK(run_program({"bash", "-n", script}, folder.path).exit_code == 0);
    const Finished help = run_program({script, "--help"}, folder.path);
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.output, Contains(std::string("Usage: ") + name));
    const Finished unknown = run_program({script, "--no-such-option"}, folder.path);
    CHECK(unknown.exit_code == 2);
    CHECK_THAT(unknown.errors, Contains("--help"));
  }
  CHECK(run_program({"bash", "-n", (source / ".ci/run").string()}, folder.path).exit_code == 0);
}

TEST_CASE("the list for tests holds the list for running", "[scripts]") {
  const ScratchFolder folder;
  const std::string script = (source / "tools/packages").string();
  const Finished run = run_program({script, "run"}, folder.path);
  const Finished test = run_program({script, "test"}, folder.path);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.output, Contains("libhdf5-dev") && !Contains("catch2"));
  CHECK_THAT(test.output, Contains(run.output) && Contains("catch2"));
}
