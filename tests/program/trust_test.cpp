#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "run_program.hpp"

// Plugins that any user of the machine may have put there, or changed, are not loaded.

using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const fs::path sgd = fs::path(DESCENT_BINARY_DIR) / "lib/descent/plugins/optimizer_sgd.so";
const fs::path for_tests = fs::path(DESCENT_BINARY_DIR) / "tests/plugins/optimizer_test_descent.so";

std::string bowl(const std::string& optimizer, const std::string& more = "") {
  return "name: bowl\nmodel: {plugin: point, start: [1, 1]}\nloss: {plugin: quadratic, curvature: [1, 10]}\n"
         "optimizer: {plugin: " +
         optimizer + ", learning_rate: 0.01}\ntrainer: {steps: 2}\n" + more;
}

void allow(const fs::path& file, unsigned mode) {
  REQUIRE(chmod(file.c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("a library that any user may write to, or replace, is refused", "[program]") {
  const ScratchFolder folder;
  fs::create_directory(folder.path / "shared");
  fs::copy(sgd, folder.path / "shared/mine.so");
  folder.write("bowl.yaml", bowl("./shared/mine.so"));
  CHECK(descent_in(folder, {"check", "bowl.yaml"}).exit_code == 0);
  allow(folder.path / "shared/mine.so", 0666);
  refused(descent_in(folder, {"check", "bowl.yaml"}),
          "mine.so: this library is not loaded, since any user may write to it");
  allow(folder.path / "shared/mine.so", 0755);
  allow(folder.path / "shared", 0777);
  refused(descent_in(folder, {"run", "bowl.yaml"}),
          "mine.so: this library is not loaded, since any user may replace it");
  refused(descent_in(folder, {"test-plugin", "./shared/mine.so"}), "any user may replace it");
  // As in /tmp: who may add files cannot replace those of others.
  allow(folder.path / "shared", 01777);
  CHECK(descent_in(folder, {"check", "bowl.yaml"}).exit_code == 0);
  // The link's own folder does not matter, but that of the file behind it does.
  allow(folder.path / "shared", 0777);
  fs::create_symlink(folder.path / "shared/mine.so", folder.path / "link.so");
  folder.write("bowl.yaml", bowl("./link.so"));
  refused(descent_in(folder, {"check", "bowl.yaml"}), "any user may replace it");
}

TEST_CASE("a folder that any user may write into is not searched for plugins", "[program]") {
  const ScratchFolder folder;
  const fs::path shared = folder.path / "shared";
  fs::create_directory(shared);
  fs::copy(for_tests, shared / "optimizer_test_descent.so");
  const std::string reason =
      shared.string() + ": no plugin of this folder is loaded, since any user may write into it";
  folder.write("bowl.yaml", bowl("test_descent"));
  folder.write("named.yaml", bowl("test_descent", "plugins: [shared]\n"));
  const std::vector<std::string> path = {"DESCENT_PLUGIN_PATH=" + shared.string()};
  CHECK(descent_in(folder, {"check", "bowl.yaml"}, path).exit_code == 0);
  CHECK(descent_in(folder, {"check", "named.yaml"}).exit_code == 0);
  const unsigned mode = GENERATE(0777u, 01777u);
  allow(shared, mode);
  refused(descent_in(folder, {"check", "bowl.yaml", "--plugin-path", "shared"}),
          "no plugin of this folder is loaded");
  const Finished named = descent_in(folder, {"check", "named.yaml"});
  refused(named, reason);
  CHECK_THAT(named.errors, Contains("named.yaml:6:"));
  const Finished searched = descent_in(folder, {"check", "bowl.yaml"}, path);
  refused(searched, "there is no optimizer 'test_descent'");
  CHECK_THAT(searched.errors, Contains("not looked into: " + reason));
  const Finished doctor = descent_in(folder, {"doctor"}, path);
  CHECK(doctor.exit_code == 1);
  CHECK_THAT(doctor.output, Contains(reason));
}

TEST_CASE("help says which commands load an experiment's libraries", "[program]") {
  const ScratchFolder folder;
  for (const char* command : {"run", "check", "resume", "sweep"}) {
    INFO(command);
    CHECK_THAT(descent_in(folder, {command, "--help"}).output, Contains("loads the libraries"));
  }
}
