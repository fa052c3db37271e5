#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/conformance/replay.hpp"
#include "descent/conformance/suite.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/plugin/registry.hpp"
#include "heap_counter.hpp"
#include "output.hpp"
#include "plugin_kind.hpp"
#include "plugin_test_child.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

using conformance::Check;
using conformance::Finding;
using conformance::Outcome;

struct Arguments {
  std::vector<std::string> words;
  std::string only;
  std::string trace;
  double tolerance = conformance::replay_tolerance;
  std::vector<std::string> plugin_path;
  /// In the child: the checks to run, separated by commas.
  std::string child;
};

struct Request {
  PluginKind kind;
  /// Or a path, with `#NAME` behind it where the library holds several.
  std::string name;
  std::string title;
};

bool is_assignment(const std::string& word) {
  const std::size_t end = word.find('=');
  if (end == std::string::npos || end == 0) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

/// FILE.so, with or without #NAME, or KIND NAME. Nothing of the plugin runs for it.
std::vector<Request> requests_of(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const std::string& word : words)
    if (!is_assignment(word)) names.push_back(word);
  if (names.size() == 2) {
    const PluginKind kind = kind_of(names[0]);
    return {{kind, names[1], fmt::format("{} '{}'", kind_name(kind), names[1])}};
  }
  if (names.size() != 1)
    throw Error("say which plugin: 'descent test-plugin FILE.so' or 'descent test-plugin KIND NAME'");
  const std::size_t hash = names[0].rfind('#');
  const std::string file = names[0].substr(0, hash);
  const std::string wanted = hash == std::string::npos ? "" : names[0].substr(hash + 1);
  std::vector<Request> requests;
  std::vector<std::string> held;
  for (const LibraryMarks::Mark& mark : read_marks(file).plugins) {
    held.push_back(mark.name);
    if (wanted.empty() || mark.name == wanted)
      requests.push_back({mark.kind, std::filesystem::absolute(file).string() + "#" + mark.name,
                          fmt::format("{} '{}'", kind_name(mark.kind), mark.name)});
  }
  if (requests.empty())
    throw Error(fmt::format("{}: holds no plugin '{}'{}", file, wanted, suggestion(wanted, held)));
  return requests;
}

/// How a replay is called where checks have names.
constexpr const char* replay_check = "replay";

std::vector<std::string> wanted_checks(PluginKind kind, const Arguments& arguments) {
  const std::string& only = arguments.only;
  if (!arguments.trace.empty()) {
    if (kind != PluginKind::optimizer)
      throw Error(fmt::format("--replay is for optimizers; this is a plugin of kind {}", kind_name(kind)));
    return {replay_check};
  }
  std::vector<std::string> names;
  for (const Check& check : conformance::checks(kind)) names.emplace_back(check.name);
  if (only.empty()) return names;
  if (std::find(names.begin(), names.end(), only) == names.end())
    throw Error(unknown_word(
        {}, kind_name(kind),
        fmt::format("--only {}: there is no such check of plugins of kind {}", only, kind_name(kind)), only,
        names, codes::unknown_name));
  return {only};
}

Value options_of(const std::vector<std::string>& words) {
  Value options = Value::map();
  Diagnostics diagnostics;
  for (const std::string& word : words) {
    if (!is_assignment(word)) continue;
    const std::size_t end = word.find('=');
    options.set(word.substr(0, end), experiment::parse_yaml_value(word.substr(end + 1), word, diagnostics));
  }
  diagnostics.throw_if_any();
  return options;
}

/// In the child process.
int run_checks(const Arguments& arguments) {
  const Request request = requests_of(arguments.words).front();
  Registry registry = make_registry(arguments.plugin_path);
  const LoadedPlugin& plugin = registry.load(request.kind, request.name, std::filesystem::current_path());
  const conformance::Subject subject =
      conformance::make_subject(plugin, options_of(arguments.words), registry, heap_counter());
  if (!arguments.trace.empty()) {
    send_report({replay_check, false, {}});
    send_report({replay_check, true, conformance::replay(subject, arguments.trace, arguments.tolerance)});
    return exit_done;
  }
  const std::string wanted = "," + arguments.child + ",";
  for (const Check& check : conformance::checks(request.kind)) {
    if (wanted.find(fmt::format(",{},", check.name)) == std::string::npos) continue;
    send_report({check.name, false, {}});
    send_report({check.name, true, conformance::run(check, subject)});
  }
  return exit_done;
}

struct Row {
  std::string check;
  Finding finding;
};

std::string end_text(const ProcessEnd& end) {
  if (end.signal != 0) return fmt::format("crashed: signal {} ({})", end.signal, strsignal(end.signal));
  return fmt::format("the process left with exit code {}", end.exit_code);
}

/// A crash ends one check: those behind it go on in a new process. Empty: the plugin could not be loaded.
std::vector<Row> run_in_children(const Request& request, const Arguments& arguments) {
  std::vector<Row> rows;
  std::vector<std::string> left = wanted_checks(request.kind, arguments);
  while (!left.empty()) {
    std::vector<std::string> words = {"test-plugin", kind_name(request.kind), request.name};
    for (const std::string& word : arguments.words)
      if (is_assignment(word)) words.push_back(word);
    for (const std::string& folder : arguments.plugin_path) {
      words.emplace_back("--plugin-path");
      words.push_back(folder);
    }
    if (!arguments.trace.empty()) {
      words.push_back("--replay=" + arguments.trace);
      words.push_back(fmt::format("--tolerance={}", arguments.tolerance));
    }
    words.push_back("--child=" + join(left, ","));
    std::string begun;
    const ProcessEnd end = run_child(words, [&](const CheckReport& report) {
      begun = report.finished ? "" : report.check;
      if (!report.finished) return;
      rows.push_back({report.check, report.finding});
      std::erase(left, report.check);
    });
    if (left.empty()) break;
    if (begun.empty() || (begun == replay_check && end.exit_code != 0)) {
      if (end.signal == 0 && end.exit_code == exit_input) return {};
      throw RunError(fmt::format("{} cannot be checked: {}", request.title, end_text(end)));
    }
    rows.push_back({begun, conformance::failed(end_text(end))});
    std::erase(left, begun);
  }
  return rows;
}

void print_rows(const Request& request, const std::vector<Row>& rows) {
  const Terminal terminal = terminal_of(stdout);
  print("{}\n", terminal.bold(request.title));
  Table table{{"check", "result", "seen"}, {}, {}, "", {}};
  std::size_t failures = 0;
  for (const Row& row : rows) {
    table.rows.push_back({row.check, conformance::outcome_name(row.finding.outcome), row.finding.text});
    failures += row.finding.outcome == Outcome::failed ? 1 : 0;
  }
  print(terminal, table);
  const std::string summary =
      failures == 0 ? terminal.green(fmt::format("no check of {} failed", rows.size()))
                    : terminal.red(fmt::format("{} of {} checks failed", failures, rows.size()));
  print("{}: {}\n", request.title, summary);
}

/// A replay's result is one sentence.
int print_replay(const Request& request, const Finding& finding) {
  const Terminal terminal = terminal_of(stdout);
  const bool agrees = finding.outcome == Outcome::passed;
  print("{}: {}: {}\n", request.title, agrees ? terminal.green("agrees") : terminal.red("deviates"),
        finding.text);
  return agrees ? exit_done : exit_failed;
}

int test_plugin(const Arguments& arguments) {
  if (!arguments.child.empty()) return run_checks(arguments);
  options_of(arguments.words);
  int code = exit_done;
  for (const Request& request : requests_of(arguments.words)) {
    const std::vector<Row> rows = run_in_children(request, arguments);
    if (rows.empty()) return exit_input;
    if (!arguments.trace.empty()) {
      code = std::max(code, print_replay(request, rows.front().finding));
      continue;
    }
    print_rows(request, rows);
    for (const Row& row : rows)
      if (row.finding.outcome == Outcome::failed) code = exit_failed;
  }
  return code;
}

std::string list_of_checks() {
  std::string text;
  for (const PluginKind kind : plugin_kinds()) {
    text += fmt::format("\nChecks of kind {}:\n", kind_name(kind));
    for (const Check& check : conformance::checks(kind))
      text += fmt::format("  {:21} {}\n", check.name, check.holds);
  }
  return text;
}

}  // namespace

void add_test_plugin(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command(
      "test-plugin", "Check that a plugin keeps to what its kind promises, on problems of the suite's own");
  command.argument("PLUGIN", arguments->words,
                   "FILE.so, or KIND NAME; then key=value for its options, as often as wanted");
  command.option("--only CHECK", arguments->only, "run this check alone");
  command.option("--replay TRACE.npz", arguments->trace,
                 "play the gradients of a trace (tools/python/record_trace.py) and compare the values",
                 {.excludes = {"--only"}});
  command.option(fmt::format("--tolerance NUMBER [{:g}]", conformance::replay_tolerance),
                 arguments->tolerance, "of a replay: |here - there| <= tolerance * max(1, |there|)",
                 {.positive = true});
  command.option("--child CHECKS", arguments->child, "", {.hidden = true});
  add_plugin_path(command, arguments->plugin_path);
  command.footer(
      R"(The checks run in a process of their own: a plugin that crashes is reported with its signal, and at which check.
Exit codes: 0 no check failed, 1 a check failed, 2 the input was wrong.

Examples:
  descent test-plugin ./build/optimizer_lion.so
  descent test-plugin optimizer adam beta1=0.5
  descent test-plugin optimizer adam --only hard_gradients
  descent test-plugin ./mine.so --replay trace.npz --tolerance 1e-6 learning_rate=1e-3
)" + list_of_checks());
  command.action([arguments] { return test_plugin(*arguments); });
}

}  // namespace descent::program
