#include <catch2/catch.hpp>
#include <set>

#include "run_program.hpp"
#include "support/files.hpp"

using Catch::Matchers::Contains;
using namespace descent::testing;
namespace fs = std::filesystem;

// What the folders hold builds and runs: installed_sdk.py shows it.

namespace {

Finished make_new(const ScratchFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {descent_program(), "new"});
  return run_program(arguments, folder.path);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("a new plugin of each kind is a folder without blanks to fill", "[new]") {
  const ScratchFolder folder;
  for (const std::string kind : {"optimizer", "model", "layer", "loss", "dataset", "metric"}) {
    INFO(kind);
    const Finished made = make_new(folder, {kind, "my_" + kind + "_2"});
    CHECK(made.exit_code == 0);
    CHECK(made.errors.empty());
    const fs::path path = folder.path / ("my_" + kind + "_2");
    const std::string source = path.filename().string() + ".cpp";
    CHECK(names_in(path) ==
          std::set<std::string>{".gitignore", "CMakeLists.txt", "README.md", "experiment.yaml", source});
    for (const std::string& name : names_in(path)) CHECK_THAT(content(path / name), !Contains("@"));
    std::string camel_case = "My" + kind + "2";
    camel_case[2] = static_cast<char>(camel_case[2] - 'a' + 'A');
    CHECK_THAT(content(path / source), Contains("class " + camel_case + " final"));
    CHECK_THAT(content(path / "CMakeLists.txt"),
               Contains("descent_add_plugin(" + path.filename().string() + " " + kind + ")"));
    CHECK_THAT(made.output, Contains("cd " + path.filename().string()));
  }
}

TEST_CASE("a new plugin finds the Descent that wrote it", "[new]") {
  const ScratchFolder folder;
  REQUIRE(make_new(folder, {"optimizer", "lion"}).exit_code == 0);
  const std::string prefix = fs::canonical(descent_program()).parent_path().parent_path().string();
  CHECK_THAT(content(folder.path / "lion/CMakeLists.txt"), Contains("HINTS \"" + prefix + "\""));
  CHECK(fs::exists(fs::path(prefix) / "lib/cmake/Descent/DescentConfig.cmake"));
}

TEST_CASE("a folder that is there is left alone", "[new]") {
  const ScratchFolder folder;
  REQUIRE(make_new(folder, {"loss", "hinge", "--directory", "deep down/here"}).exit_code == 0);
  folder.write("deep down/here/hinge.cpp", "my work");
  const Finished again = make_new(folder, {"loss", "hinge", "--directory", "deep down/here"});
  CHECK(again.exit_code == 2);
  CHECK_THAT(again.errors, Contains("deep down/here is there already") && Contains("--directory"));
  CHECK(content(folder.path / "deep down/here/hinge.cpp") == "my work");
}

TEST_CASE("a wrong kind or name of a new plugin writes nothing", "[new]") {
  const ScratchFolder folder;
  const Finished kind = make_new(folder, {"optimzer", "lion"});
  CHECK(kind.exit_code == 2);
  CHECK_THAT(kind.errors, Contains("did you mean 'optimizer'?"));
  for (const std::string name : {"Lion", "2lion", "_lion", "li-on", "../lion", "li.on", ""}) {
    INFO(name);
    const Finished finished = make_new(folder, {"optimizer", name});
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.errors, Contains("'" + name + "' cannot name a plugin"));
  }
  CHECK(names_in(folder.path).empty());
}

TEST_CASE("a new plugin with the name of another one is made, with a warning", "[new]") {
  const ScratchFolder folder;
  const Finished made = make_new(folder, {"optimizer", "adam"});
  CHECK(made.exit_code == 0);
  CHECK_THAT(made.errors,
             Contains("warning") && Contains("optimizer 'adam'") && Contains("optimizer_adam.so"));
  CHECK(make_new(folder, {"metric", "adam", "--directory", "other"}).errors.empty());
}
