#include "descent/plugin/registry.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "descent/plugin/optimizer.hpp"
#include "descent/plugin/role.hpp"
#include "plugin/plugin_files.hpp"
#include "support/diagnostic_lines.hpp"

using namespace plugin_test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using descent::Diagnostics;
using descent::PluginKind;
using descent::Registry;
using descent::Value;

namespace {

Registry registry_of(const fs::path& folder) {
  Registry registry;
  registry.add_folder(folder);
  return registry;
}

std::string refusal(Registry& registry, PluginKind kind, const std::string& name, const fs::path& base = {}) {
  return error_of([&] { registry.load(kind, name, base); });
}

// Sets an environment variable while it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string before_;
};

}  // namespace

TEST_CASE("the registry knows the plugins of a folder by their marks") {
  const Registry registry = registry_of(good);
  CHECK(registry.diagnostics().empty());
  const auto plugins = registry.plugins();
  CHECK(plugins.size() >= 25);
  CHECK(std::is_sorted(plugins.begin(), plugins.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
  }));
}

TEST_CASE("a plugin is loaded by its name and made with its options") {
  Registry registry = registry_of(good);
  const descent::LoadedPlugin& plugin = registry.load(PluginKind::optimizer, "test_descent");
  CHECK(plugin.title() == "optimizer 'test_descent'");
  CHECK(plugin.info().library == good / "optimizer_test_descent.so");
  CHECK(plugin.options().names() == std::vector<std::string>{"learning_rate"});
  CHECK(&registry.load(PluginKind::optimizer, "test_descent") == &plugin);
  Diagnostics diagnostics;
  const auto rule =
      plugin.create<descent::Optimizer>(Value::map({{"learning_rate", Value::of(0.25), {}}}), diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(plugin.schedules(rule.get()).size() == 1);
  CHECK(plugin.named_schedules(rule.get())[0].first == "learning_rate");
  CHECK(plugin.schedules(rule.get())[0]->current() == 0.25);
  CHECK(plugin.runs(rule.get()).empty());
}

TEST_CASE("problems with options name the plugin") {
  Registry registry = registry_of(good);
  Diagnostics diagnostics;
  const Value section =
      Value::map({{"lerning_rate", Value::of(1), {"gan.yaml", 14, 5}}}).at({"gan.yaml", 13, 3});
  registry.load(PluginKind::optimizer, "test_descent").create<descent::Optimizer>(section, diagnostics);
  CHECK(descent::testing::lines_of(diagnostics) ==
        std::vector<std::string>{"gan.yaml:14:5: optimizer 'test_descent' has no option "
                                 "'lerning_rate'; did you mean 'learning_rate'?"});
}

TEST_CASE("run references of an object can be reached") {
  Registry registry = registry_of(good);
  const auto& plugin = registry.load(PluginKind::metric, "test_distance");
  Diagnostics diagnostics;
  const auto metric = plugin.create<void>(Value::map({{"reference", Value::of("/runs/a"), {}}}), diagnostics);
  REQUIRE(plugin.runs(metric.get()).size() == 1);
  CHECK(plugin.runs(metric.get())[0]->path == "/runs/a");
}

TEST_CASE("an unknown name gets the nearest one and the list") {
  Registry registry = registry_of(good);
  CHECK_THAT(refusal(registry, PluginKind::loss, "test_quadratik"),
             StartsWith("there is no loss 'test_quadratik'; did you mean 'test_quadratic'? there are: ") &&
                 Contains("test_bilinear, test_consensus"));
  CHECK_THAT(refusal(registry, PluginKind::loss, "test_point"), Contains("(model has this name)"));
  Registry empty;
  CHECK_THAT(refusal(empty, PluginKind::model, "gan"), Contains("nor any other model; looked in: no folder"));
}

TEST_CASE("a plugin can be given by its path, relative to a base") {
  Registry registry;
  const auto& by_path = registry.load(PluginKind::optimizer, sound_library.string());
  CHECK(by_path.info().name == "test_descent");
  CHECK(&registry.load(PluginKind::optimizer, "plugins/optimizer_test_descent.so", good.parent_path()) ==
        &by_path);
  CHECK(&registry.load(PluginKind::optimizer, "optimizer_test_descent.so", good) == &by_path);
  CHECK(registry.plugins().empty());
  CHECK_THAT(refusal(registry, PluginKind::model, "./optimizer_test_descent.so", good),
             Contains("holds no model; it holds optimizer 'test_descent'"));
  CHECK_THAT(refusal(registry, PluginKind::model, "./nothing.so", good), Contains("there is no such file"));
}

TEST_CASE("of a library with several plugins one is named") {
  Registry registry;
  const std::string library = (good / "optimizer_test_norms.so").string();
  CHECK_THAT(refusal(registry, PluginKind::optimizer, library),
             Contains("say which") && Contains("#test_norm_group"));
  CHECK(registry.load(PluginKind::optimizer, library + "#test_norm_player").info().name ==
        "test_norm_player");
  CHECK_THAT(refusal(registry, PluginKind::optimizer, library + "#test_norm_plaeyr"),
             Contains("did you mean 'test_norm_player'?"));
}

TEST_CASE("broken files in a folder are noted and disturb nobody") {
  const Scratch scratch;
  for (const auto& entry : fs::directory_iterator(bad))
    if (entry.path().extension() == ".so") scratch.copy(entry.path());
  scratch.copy(sound_library);
  scratch.write("notes.txt", "no plugin, and not looked at");
  scratch.write("text.so", "a text");
  fs::create_directory(scratch / "folder.so");
  Registry registry = registry_of(scratch.path());
  CHECK(registry.load(PluginKind::optimizer, "test_descent").info().name == "test_descent");
  // other_sdk, other_scalar, other_alignment, mixed, no_marks, text, folder, and the name that is there twice
  CHECK(registry.diagnostics().size() == 8);
}

TEST_CASE("whoever asks for a plugin that was refused learns why") {
  const Scratch scratch;
  Registry registry = registry_of(bad);
  CHECK_THAT(refusal(registry, PluginKind::optimizer, "bad_other_sdk"),
             StartsWith("optimizer 'bad_other_sdk' cannot be used: ") && Contains("version 999 of the SDK"));
  scratch.write("libcut.so", bytes_of(sound_library).substr(0, 1000));
  registry.add_folder(scratch.path());
  CHECK_THAT(refusal(registry, PluginKind::optimizer, "cut"), Contains("cut short"));
}

TEST_CASE("a name that two files have is an error that names both, when it is asked for") {
  Registry registry = registry_of(bad);
  const std::string message = refusal(registry, PluginKind::optimizer, "bad_twice");
  CHECK_THAT(message, Contains("is there twice") && Contains("optimizer_twice_here.so") &&
                          Contains("optimizer_twice_there.so"));
  CHECK(registry.load(PluginKind::optimizer, "./optimizer_twice_here.so", bad).info().name == "bad_twice");
}

TEST_CASE("one file that is reached in two ways is there once") {
  const Scratch scratch;
  fs::create_directory(scratch / "a");
  fs::create_directory(scratch / "b");
  fs::create_symlink(sound_library, scratch / "a/here.so");
  fs::create_symlink(sound_library, scratch / "b/there.so");
  fs::create_directory_symlink(scratch / "a", scratch / "c");
  Registry registry;
  for (const char* folder : {"a", "b", "c", "a", "missing"}) registry.add_folder(scratch / folder);
  CHECK(registry.folders().size() == 2);
  CHECK(registry.plugins().size() == 1);
  CHECK(registry.load(PluginKind::optimizer, "test_descent").info().name == "test_descent");
}

TEST_CASE("the standard search path: the environment, the user's folder, the copy's own") {
  const Scratch scratch;
  const fs::path user = scratch / "home/.local/share/descent/plugins";
  fs::create_directories(user);
  fs::create_directories(scratch / "first");
  fs::create_directories(scratch / "second");
  const Environment home("HOME", (scratch / "home").string());
  const Environment path("DESCENT_PLUGIN_PATH",
                         "::" + (scratch / "first").string() + ":" + (scratch / "second").string() + ":");
  Registry registry;
  registry.add_folder(good);
  registry.add_standard_folders();
  std::vector<fs::path> expected = {good, scratch / "first", scratch / "second", user};
  const fs::path own = build / "lib/descent/plugins";
  if (fs::exists(own)) expected.push_back(own);
  CHECK(registry.folders() == expected);
}

TEST_CASE("marks that promise more than the library offers are an error") {
  Registry registry = registry_of(bad);
  CHECK_THAT(refusal(registry, PluginKind::optimizer, "bad_broken_promise"),
             Contains("its marks promise optimizer 'bad_broken_promise'"));
}

TEST_CASE("an option that is declared twice is an error of the plugin") {
  Registry registry = registry_of(bad);
  CHECK_THAT(refusal(registry, PluginKind::optimizer, "bad_throws_in_options"),
             Contains("optimizer_throws_in_options.so") && Contains("'rate' is declared twice"));
}

TEST_CASE("what a factory throws comes back with the plugin's name and file") {
  Registry registry = registry_of(bad);
  const auto& plugin = registry.load(PluginKind::optimizer, "bad_throws_in_factory");
  Diagnostics diagnostics;
  const Value section = Value::map().at({"gan.yaml", 7, 3});
  CHECK_THROWS_WITH(plugin.create<descent::Optimizer>(section, diagnostics),
                    "optimizer 'bad_throws_in_factory' (" +
                        (bad / "optimizer_throws_in_factory.so").string() +
                        "): the factory is closed [gan.yaml:7:3]");
  CHECK_THROWS_AS(plugin.create<descent::Optimizer>(section, diagnostics), descent::RunError);
}

TEST_CASE("what a plugin throws while it runs comes back as the host's own exception") {
  Registry registry = registry_of(bad);
  const auto& plugin = registry.load(PluginKind::optimizer, "bad_throws_in_apply");
  const auto run = [&](const char* what) {
    Diagnostics diagnostics;
    const auto rule =
        plugin.create<descent::Optimizer>(Value::map({{"what", Value::of(what), {}}}), diagnostics);
    const descent::Step::State state;
    const descent::Block::Memory memory;
    guarded(plugin, {"gan.yaml", 9, 5}, [&] { rule->apply(descent::Step(state), descent::Block(memory)); });
  };
  const std::string start =
      "optimizer 'bad_throws_in_apply' (" + (bad / "optimizer_throws_in_apply.so").string() + "): ";
  CHECK_THROWS_AS(run("own"), descent::RunError);
  CHECK_THROWS_WITH(run("own"), start + "the rule exploded [gan.yaml:9:5]");
  CHECK_THROWS_AS(run("number"), descent::RunError);
  CHECK_THROWS_WITH(run("number"), Contains("threw something that is no std::exception"));
  CHECK_THROWS_AS(run("error"), descent::Error);
  CHECK_THROWS_WITH(run("error"), "learning_rate and beta1 do not go together");
  CHECK_THROWS_AS(run("role"), descent::RoleMismatch);
}

TEST_CASE("a guarded call gives what it returns, references too") {
  Registry registry = registry_of(good);
  const auto& plugin = registry.load(PluginKind::optimizer, "test_descent");
  int number = 3;
  CHECK(guarded(plugin, {}, [] { return 4; }) == 4);
  CHECK(&guarded(plugin, {}, [&]() -> int& { return number; }) == &number);
}
