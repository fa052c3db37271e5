#include <fcntl.h>
#include <stdlib.h>

#include <catch2/catch.hpp>

#include "run_program.hpp"
#include "small_runs.hpp"

// Texts that come from files would be commands to a terminal.

using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// Clears the screen, renames the window, goes up a line; the second set of control characters; a change of direction.
const std::string evil = R"(\e[2J\e]0;x\a\e[A\r\u009b31m\u202egnp)";

bool is_harmless(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool of_gnuplot = byte == '\f';  // it begins a picture in the terminal with a new page
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\t' && !of_gnuplot) || byte == 0x7f;
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (control || (byte == 0xc2 && next < 0xa0)) return false;
  }
  return text.find("\xe2\x80\xae") == std::string::npos;
}

void harmless(const Finished& finished) {
  INFO(finished.output << finished.errors);
  CHECK(is_harmless(finished.output));
  CHECK(is_harmless(finished.errors));
}

}  // namespace

TEST_CASE("control characters of values, names and files are shown, not obeyed", "[program]") {
  const ScratchFolder folder;
  const auto refused_with = [&](const std::string& text) {
    folder.write("evil.yaml", text);
    for (const char* command : {"run", "check", "sweep"}) {
      const Finished finished = descent_in(folder, {command, "evil.yaml"});
      CHECK(finished.exit_code == 2);
      CHECK_THAT(finished.errors, Contains("\\x1b[2J"));
      harmless(finished);
    }
  };
  const std::string rest = "loss: quadratic\noptimizer: sgd\ntrainer: {steps: 2}\n";
  refused_with("model: \"" + evil + "\"\n" + rest);
  refused_with("name: \"" + evil + "\"\nmodel: point\n" + rest);
  refused_with("\"" + evil + "\": 1\nmodel: point\n" + rest);
  refused_with("model: point\nplugins: [\"" + evil + "\"]\n" + rest);
  harmless(descent_in(folder, {"run", "\x1b[2J\x9b.yaml"}));
  harmless(descent_in(folder, {"plugins", "optimizer", "\x1b[2J\xff"}));
  harmless(descent_in(folder, {"\x1b[2J\x7f"}));
  harmless(descent_in(folder, {"show", "\x1b]0;x\x07"}));
}

TEST_CASE("control characters in a run's files and folders are shown, not obeyed", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const fs::path run = folder.path / "runs/\x1b[2J\x9d/seed=1";
  fs::create_directories(run.parent_path());
  fs::copy(*fs::directory_iterator(*fs::directory_iterator(folder.path / "runs/bowl")), run,
           fs::copy_options::recursive);
  folder.write("runs/\x1b[2J\x9d/seed=1/status.yaml",
               "status: failed\nstep: 3\nreason: \"" + evil + "\"\nerror: [\"" + evil + "\"]\n");
  folder.write(
      "runs/\x1b[2J\x9d/seed=1/events.jsonl",
      "{\"time\": 1, \"step\": 3, \"kind\": \"warning\", \"message\": \"\\u001b[2J\\u009b\\u202egnp\"}\n");
  const std::string there = "runs/\x1b[2J\x9d/seed=1";
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"status"},
                                             {"show", there},
                                             {"show", there, "--json"},
                                             {"compare", "runs"},
                                             {"compare", "runs", "--markdown"},
                                             {"compare", "runs", "--latex"},
                                             {"status", "--json"},
                                             {"verify", there},
                                             {"diff", there, "runs/bowl"},
                                             {"export", there, "--json"},
                                             {"watch", there},
                                             {"plot", "runs", "--metric", "value"}})
    harmless(descent_in(folder, words));
  const Finished shown = descent_in(folder, {"show", there});
  CHECK_THAT(shown.output, Contains("\\x1b[2J"));
  // As data it stays what it is.
  CHECK_THAT(descent_in(folder, {"show", there, "--json"}).output, Contains("\\u001b[2J"));
}

TEST_CASE("a terminal gets colors from the program alone", "[program]") {
  const ScratchFolder folder;
  folder.write("evil.yaml", "model: \"\\e[31mred\"\nloss: quadratic\noptimizer: sgd\ntrainer: {steps: 2}\n");
  // script(1) gives it a terminal.
  const Finished seen = run_program({"script", "-qec", descent_program() + " check evil.yaml", "/dev/null"},
                                    folder.path, {"TERM=xterm", "NO_COLOR="});
  CHECK_THAT(seen.output, Contains("\x1b[31merror:\x1b[0m") && Contains("\\x1b[31mred"));
}
