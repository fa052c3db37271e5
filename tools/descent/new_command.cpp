#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>

#include "command.hpp"
#include "descent/plugin/registry.hpp"
#include "output.hpp"
#include "plugin_kind.hpp"
#include "templates.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string kind;
  std::string name;
  std::string directory;
};

/// What the words of a template stand for.
using Words = std::map<std::string, std::string>;

void check_name(const std::string& name) {
  constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz", others[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (name.find_first_of(letters) == 0 && name.find_first_not_of(others) == std::string::npos) return;
  throw Error(fmt::format(
      "'{}' cannot name a plugin: a name has small letters, digits and underscores, and begins with a "
      "letter, such as 'my_rule_2'",
      name));
}

/// `my_rule_2` -> `MyRule2`.
std::string class_name(const std::string& name) {
  std::string result;
  bool begins_word = true;
  for (const char c : name) {
    if (c != '_') result += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '_';
  }
  return result;
}

/// The folder above this program's `bin`, of an installed copy or a build tree: CMake finds the package
/// there.
std::string prefix_in_quotes() {
  std::string quoted;
  for (const char c : fs::canonical("/proc/self/exe").parent_path().parent_path().string()) {
    if (c == '"' || c == '\\' || c == '$') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string filled(std::string text, const Words& words) {
  for (const auto& [word, replacement] : words)
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += replacement.size())
      text.replace(at, word.size(), replacement);
  return text;
}

/// Templates are for all kinds (`common/…`) or for one (`optimizer/…`).
std::vector<std::pair<std::string, std::string>> files_for(PluginKind kind, const std::string& name) {
  const std::string kind_text = kind_name(kind);
  const Words words = {{"@NAME@", name},
                       {"@CLASS@", class_name(name)},
                       {"@KIND@", kind_text},
                       {"@AN_KIND@", (kind == PluginKind::optimizer ? "An " : "A ") + kind_text},
                       {"@PREFIX@", prefix_in_quotes()}};
  std::vector<std::pair<std::string, std::string>> files;
  for (const Template& file : templates()) {
    const std::string folder(file.path.substr(0, file.path.find('/')));
    if (folder != "common" && folder != kind_text) continue;
    const std::string path(file.path.substr(folder.size() + 1));
    files.emplace_back(filled(path, {{"NAME", name}}), filled(std::string(file.text), words));
  }
  return files;
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw Error(fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
}

/// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  constexpr char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./~";
  return text.find_first_not_of(plain) == std::string::npos ? text
                                                            : "'" + filled(text, {{"'", R"('\'')"}}) + "'";
}

void warn_of_namesake(PluginKind kind, const std::string& name) {
  for (const PluginInfo& info : make_registry({}).plugins())
    if (info.kind == kind && info.name == name)
      print(stderr,
            "warning: there is {} '{}' already, {}: name the new one by its path, as experiment.yaml does, "
            "or choose another name\n",
            kind_name(kind), name, info.library.string());
}

int make_new(const Arguments& arguments) {
  const PluginKind kind = kind_of(arguments.kind);
  check_name(arguments.name);
  const fs::path folder = arguments.directory.empty() ? arguments.name : arguments.directory;
  if (fs::exists(fs::symlink_status(folder)))
    throw Error(fmt::format("{} is there already; --directory names another folder", folder.string()));
  warn_of_namesake(kind, arguments.name);

  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}", folder.string(), error.message()));
  print("{} holds", folder.string());
  for (const auto& [path, text] : files_for(kind, arguments.name)) {
    write(folder / path, text);
    print(" {}", path);
  }
  print(R"(

Now:
  cd {0}
  cmake -B build && cmake --build build
  descent test-plugin build/{1}_{2}.so
  descent run experiment.yaml
)",
        shell_word(folder.string()), kind_name(kind), arguments.name);
  return exit_done;
}

}  // namespace

void add_new(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("new", "Write a folder with a new plugin, ready to build and run");
  command.argument("KIND", arguments->kind, "optimizer, model, layer, loss, dataset or metric");
  command.argument("NAME", arguments->name, "what experiments will call it: small letters, digits, _");
  command.option("--directory DIR", arguments->directory, "the folder to write (default: NAME)");
  command.footer(
      R"(The folder holds all that a plugin outside of Descent's own tree needs: NAME.cpp, about 30 lines that work, to be
changed into yours; CMakeLists.txt, which finds the Descent that this program belongs to; experiment.yaml, which trains
with the plugin; and README.md, which says how to build, test and run it. Nothing else is needed, and nothing is written
elsewhere.

Examples:
  descent new optimizer lion
  descent new loss hinge --directory ~/research/hinge_loss

What the contract of a kind offers is in its header, PREFIX/include/descent/plugin/KIND.hpp; 'descent plugins' lists the
plugins there are.)");
  command.action([arguments] { return make_new(*arguments); });
}

}  // namespace descent::program
