#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "descent/plugin/registry.hpp"

namespace CLI {
class App;
}

/// The command-line program: one file per command, each adding itself to the parser.
namespace descent::program {

/// How the program ends, for scripts. Beside these, 128 + N when signal N stopped a run in order: 130 for
/// Ctrl-C, 143 for SIGTERM.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;  ///< what was asked for went wrong: a run that failed or diverged
inline constexpr int exit_input = 2;   ///< the command line, a file or an environment variable is wrong
inline constexpr int exit_signal = 128;

/// What the command line asked for.
struct Invocation {
  /// The command line as it was given, the program's name first.
  std::vector<std::string> arguments;
  /// Set by the command that was named; returns the exit code. What it throws is reported at the top.
  std::function<int()> action;
};

void add_run(CLI::App& program, Invocation& invocation);
void add_resume(CLI::App& program, Invocation& invocation);
void add_sweep(CLI::App& program, Invocation& invocation);
void add_check(CLI::App& program, Invocation& invocation);
void add_plugins(CLI::App& program, Invocation& invocation);
void add_new(CLI::App& program, Invocation& invocation);
void add_test_plugin(CLI::App& program, Invocation& invocation);
void add_status(CLI::App& program, Invocation& invocation);
void add_show(CLI::App& program, Invocation& invocation);
void add_compare(CLI::App& program, Invocation& invocation);
void add_collect(CLI::App& program, Invocation& invocation);
void add_diff(CLI::App& program, Invocation& invocation);
void add_export(CLI::App& program, Invocation& invocation);
void add_verify(CLI::App& program, Invocation& invocation);
void add_pack(CLI::App& program, Invocation& invocation);
void add_watch(CLI::App& program, Invocation& invocation);
void add_plot(CLI::App& program, Invocation& invocation);
void add_samples(CLI::App& program, Invocation& invocation);
void add_generate(CLI::App& program, Invocation& invocation);
void add_evaluate(CLI::App& program, Invocation& invocation);
void add_doctor(CLI::App& program, Invocation& invocation);

/// `--plugin-path DIR`, as often as wanted.
void add_plugin_path(CLI::App& command, std::vector<std::string>& folders);
/// `FILE [key=value ...]`
void add_experiment(CLI::App& command, std::string& file, std::vector<std::string>& overrides);

/// The plugins of `folders` and of the standard search path. Throws Error for a folder that does not exist.
Registry make_registry(const std::vector<std::string>& folders);

}  // namespace descent::program
