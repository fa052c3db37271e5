#include "command_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

/// The parser would only say that it did not expect this.
void refuse_unknown_command(const CLI::App& program, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end()) return;
  if (word.ends_with(".yaml") || word.ends_with(".yml"))
    throw Error(fmt::format("'{0}' is no command; did you mean 'descent run {0}'?", word));
  throw Error(fmt::format("there is no command '{}'{}", word, suggestion(word, names)));
}

void refuse_extras(const CLI::App& command) {
  const std::vector<std::string> extras = command.remaining();
  if (extras.empty()) return;
  const std::string& word = extras.front();
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& long_name : option->get_lnames()) options.push_back("--" + long_name);
  const bool assigns =
      word.starts_with("--") && word.find('=') != std::string::npos && !nearest(name, options);
  const std::string hint =
      assigns ? fmt::format("; a value of the experiment is changed without dashes: {}", word.substr(2))
              : suggestion(name, options);
  throw Error(fmt::format("'descent {}' does not know '{}'{}", command.get_name(), word, hint));
}

[[noreturn]] void refuse(const CLI::App& program, const CLI::ParseError& error) {
  for (const CLI::App* command : program.get_subcommands()) {  // the one that was named, if any was
    refuse_extras(*command);
    throw Error(fmt::format("descent {0}: {1}\n'descent {0} --help' shows how it is used",
                            command->get_name(), error.what()));
  }
  throw Error(fmt::format("{}\n'descent --help' shows the commands", error.what()));
}

/// What stands in a declaration before its first space, and what stands behind it.
std::pair<std::string, std::string> split(const std::string& names) {
  const std::size_t space = names.find(' ');
  if (space == std::string::npos) return {names, ""};
  return {names.substr(0, space), names.substr(space + 1)};
}

CLI::Option* add(CLI::App& parser, const std::string& names, const Destination& destination,
                 const std::string& help) {
  return std::visit([&](auto variable) { return parser.add_option(names, variable.get(), help); },
                    destination);
}

CLI::Option* add_argument(CLI::App& parser, const std::string& name, const Destination& destination,
                          const std::string& help) {
  const auto [called, behind] = split(name);
  // A space, for without a text the parser tells the type and the number of values.
  return add(parser, called, destination, help)->option_text(behind.empty() ? " " : behind);
}

/// The parser's own ranges tell their ends as the least and greatest numbers there are.
template <class Number, class Test>
CLI::Validator number_that(const std::string& is_expected, const std::string& name, Test&& is_right) {
  return {[=](std::string& text) {
            Number number{};
            if (CLI::detail::lexical_cast(text, number) && is_right(number)) return std::string();
            return fmt::format("{} is expected, not '{}'", is_expected, text);
          },
          name};
}

void apply(const OptionRules& rules, CLI::Option& option) {
  option.required(rules.required);
  if (rules.positive)
    option.check(number_that<double>("a number above 0", "POSITIVE", [](double n) { return n > 0; }));
  if (rules.not_negative)
    option.check(number_that<std::int64_t>("a whole number from 0 on", "NOT NEGATIVE",
                                           [](std::int64_t n) { return n >= 0; }));
  if (rules.hidden) option.group("");
  if (rules.separator != '\0') option.delimiter(rules.separator);
  if (rules.values > 1) option.expected(rules.values);
  if (!rules.one_of.empty()) option.check(CLI::IsMember(rules.one_of));
  for (const std::string& other : rules.excludes) option.excludes(other);
}

}  // namespace

void Command::argument(const std::string& name, Destination destination, const std::string& help) {
  add_argument(*parser_, name, destination, help)->required();
}

void Command::optional_argument(const std::string& name, Destination destination, const std::string& help) {
  add_argument(*parser_, name, destination, help);
}

void Command::option(const std::string& names, Destination destination, const std::string& help,
                     const OptionRules& rules) {
  const auto [called, value] = split(names);
  CLI::Option* option = add(*parser_, called, destination, help);
  option->type_name(value);
  option->allow_extra_args(false);  // a greedy list would swallow the arguments behind it
  apply(rules, *option);
}

void Command::flag(const std::string& name, bool& said, const std::string& help, const OptionRules& rules) {
  apply(rules, *parser_->add_flag(name, said, help));
}

void Command::flag(const std::string& name, const std::function<void()>& when_said, const std::string& help,
                   const OptionRules& rules) {
  apply(rules, *parser_->add_flag_callback(name, when_said, help));
}

void Command::footer(const std::string& text) {
  parser_->footer(text);
}

void Command::action(const std::function<int()>& act) {
  parser_->callback([&chosen = *action_, act] { chosen = act; });
}

CommandLine::CommandLine(int argc, char** argv, const Texts& texts)
    : words_(argv, argv + argc), parser_(std::make_unique<CLI::App>(texts.introduction, "descent")) {
  parser_->get_formatter()->column_width(28);
  parser_->get_formatter()->label("SUBCOMMAND", "COMMAND");
  parser_->footer(texts.footer);
  parser_->set_version_flag("--version", texts.version, "print the version and leave");
  parser_->set_help_flag("-h,--help", "print this help and leave");
  parser_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::command(const std::string& name, const std::string& summary) {
  CLI::App* command = parser_->add_subcommand(name, summary);
  // What is left over is refused when all is read, with better words.
  command->allow_extras()->group("Commands");
  return {*command, action_};
}

Command CommandLine::hidden_command(const std::string& name, const std::string& summary) {
  CLI::App* command = parser_->add_subcommand(name, summary);
  command->group("");
  return {*command, action_};
}

int CommandLine::act() {
  if (words_.size() < 2) {
    print(stderr, "{}", parser_->help());
    return exit_input;
  }
  refuse_unknown_command(*parser_, words_[1]);
  try {
    std::vector<std::string> last_first(words_.rbegin(), words_.rend() - 1);  // as the parser wants them
    parser_->parse(std::move(last_first));
  } catch (const CLI::Success& wanted) {  // --help and --version
    std::ostringstream text, errors;
    const int code = parser_->exit(wanted, text, errors);
    put(stdout, text.str());
    put(stderr, errors.str());
    return code;
  } catch (const CLI::ParseError& error) {
    refuse(*parser_, error);
  }
  refuse_extras(*parser_->get_subcommands().front());
  return action_();
}

}  // namespace descent::program
