#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

/// How commands say what they can be asked for. The parser behind it, CLI11, takes the compiler longer than
/// any command does: only command_line.cpp includes it.
namespace descent::program {

/// How the program ends, for scripts. Beside these, 128 + N when signal N stopped a run in order: 130 for
/// Ctrl-C, 143 for SIGTERM.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;  ///< what was asked for went wrong: a run that failed or diverged
inline constexpr int exit_input = 2;   ///< the command line, a file or an environment variable is wrong
inline constexpr int exit_signal = 128;

/// The variable that a value goes to. It keeps what it holds when nothing is said, and lives until
/// CommandLine::act() is done.
using Destination =
    std::variant<std::reference_wrapper<std::string>, std::reference_wrapper<std::filesystem::path>,
                 std::reference_wrapper<std::int64_t>, std::reference_wrapper<std::optional<std::int64_t>>,
                 std::reference_wrapper<std::uint64_t>, std::reference_wrapper<double>,
                 std::reference_wrapper<std::vector<std::string>>,
                 std::reference_wrapper<std::vector<std::filesystem::path>>>;

/// What an option asks for, beyond the type of its destination.
struct OptionRules {
  bool required = false;
  bool positive = false;                   ///< a number above 0
  bool not_negative = false;               ///< a whole number from 0 on
  bool hidden = false;                     ///< --help does not show it
  char separator = '\0';                   ///< of a list: stands between values that are said at once
  int values = 1;                          ///< of a list: how many belong to the option each time it is said
  std::vector<std::string> one_of = {};    ///< the values there are; empty: any
  std::vector<std::string> excludes = {};  ///< options added before, of which none may be said beside it
};

/// A command, while its options are being declared.
class Command {
 public:
  /// A word without dashes, called `name` in the help. A list takes all the words that are left. The help of
  /// `RUN ...` says that there may be several.
  void argument(const std::string& name, Destination destination, const std::string& help);
  void optional_argument(const std::string& name, Destination destination, const std::string& help);

  /// `--top N` or `-o,--output FILE`: its names, and what the help calls its value. A list takes one value
  /// each time the option is said, never the words behind it.
  void option(const std::string& names, Destination destination, const std::string& help,
              const OptionRules& rules = {});

  /// An option without a value.
  void flag(const std::string& name, bool& said, const std::string& help, const OptionRules& rules = {});
  void flag(const std::string& name, const std::function<void()>& when_said, const std::string& help,
            const OptionRules& rules = {});

  /// The end of the help: what the command does, and examples.
  void footer(const std::string& text);

  /// What the command does, and the exit code that it ends with.
  void action(const std::function<int()>& act);

 private:
  friend class CommandLine;
  Command(CLI::App& parser, std::function<int()>& action) : parser_(&parser), action_(&action) {}

  CLI::App* parser_;
  std::function<int()>* action_;
};

/// All that the program can be asked for, and what it was asked for.
class CommandLine {
 public:
  struct Texts {
    std::string introduction, version, footer;
  };
  CommandLine(int argc, char** argv, const Texts& texts);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// One command more; --help shows them in the order in which they were added.
  Command command(const std::string& name, const std::string& summary);
  /// The same, for the program's own use: --help does not show it.
  Command hidden_command(const std::string& name, const std::string& summary);

  /// The command line as it was given, the program's name first.
  const std::vector<std::string>& words() const { return words_; }

  /// Does what the command line asks for, and returns the exit code. Throws Error where it cannot be
  /// understood; what a command throws passes through.
  int act();

 private:
  std::vector<std::string> words_;
  std::unique_ptr<CLI::App> parser_;
  std::function<int()> action_;
};

}  // namespace descent::program
