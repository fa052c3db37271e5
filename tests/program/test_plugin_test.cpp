#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "run_program.hpp"

using Catch::Matchers::Contains;
using namespace descent::testing;

namespace {

const std::string test_plugins = DESCENT_BINARY_DIR "/tests/plugins/";

Finished test_plugin(const ScratchFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {descent_program(), "test-plugin"});
  return run_program(arguments, folder.path);
}

}  // namespace

TEST_CASE("test-plugin shows every check of a plugin and exits with 0 where none failed", "[test-plugin]") {
  const ScratchFolder folder;
  const Finished sgd = test_plugin(folder, {"optimizer", "sgd", "momentum=0.5"});
  INFO(sgd.errors);
  CHECK(sgd.exit_code == 0);
  for (const char* check : {"sphere", "rosenbrock", "logistic_regression", "game", "clip_norm", "options",
                            "threads_and_blocks", "save_and_load", "hard_gradients", "heap"})
    CHECK_THAT(sgd.output, Contains(check));
  CHECK_THAT(sgd.output, Contains("optimizer 'sgd': no check of 10 failed"));

  const Finished one = test_plugin(folder, {test_plugins + "optimizer_test_descent.so", "--only", "game"});
  CHECK(one.exit_code == 0);
  CHECK_THAT(one.output, Contains("no check of 1 failed") && !Contains("sphere"));
}

TEST_CASE("test-plugin exits with 1 where a check failed, and says what was seen", "[test-plugin]") {
  const ScratchFolder folder;
  const std::string rules = test_plugins + "optimizer_test_wrong_rules.so#";
  const Finished idle = test_plugin(folder, {rules + "test_idle_option", "--only=options"});
  CHECK(idle.exit_code == 1);
  CHECK_THAT(idle.output, Contains("'beta' changes nothing") && Contains("1 of 1 checks failed"));
}

TEST_CASE("a plugin that crashes fails the check in which it did, with the signal, and no other",
          "[test-plugin]") {
  const ScratchFolder folder;
  const Finished crash = test_plugin(folder, {test_plugins + "optimizer_test_wrong_rules.so#test_crashes"});
  CHECK(crash.exit_code == 1);
  CHECK_THAT(crash.output,
             Contains("crashed: signal 4 (Illegal instruction)") && Contains("1 of 10 checks failed"));
}

TEST_CASE("wrong input of test-plugin exits with 2 and says what would be right", "[test-plugin]") {
  const ScratchFolder folder;
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    const Finished finished = test_plugin(folder, arguments);
    INFO(finished.output);
    CHECK(finished.exit_code == 2);
    return finished.errors;
  };
  CHECK_THAT(refusal({"optimizer", "adm"}), Contains("did you mean 'adam'?"));
  CHECK_THAT(refusal({"optimizr", "adam"}), Contains("did you mean 'optimizer'?"));
  CHECK_THAT(refusal({"optimizer", "adam", "beta1=2"}), Contains("'beta1' must be a number in [0, 1)"));
  CHECK_THAT(refusal({"optimizer", "adam", "--only=hep"}), Contains("did you mean 'heap'?"));
  CHECK_THAT(refusal({"./none.so"}), Contains("there is no such file"));
  CHECK_THAT(refusal({test_plugins + "optimizer_test_wrong_rules.so#test_climb"}),
             Contains("did you mean 'test_climbs'?"));
  CHECK_THAT(refusal({"a", "b", "c"}), Contains("descent test-plugin KIND NAME"));
  CHECK_THAT(refusal({"model", "gan", "--replay=trace.npz"}), Contains("--replay is for optimizers"));
  CHECK_THAT(refusal({"optimizer", "adam", "--replay=trace.npz"}),
             Contains("trace.npz: there is no such file"));
  CHECK_THAT(refusal({"model", "test_everything", "--plugin-path", test_plugins}),
             Contains("needs 'needed', which has neither example nor contrast; give it as needed=VALUE"));
}

TEST_CASE("record_trace.py explains itself, and what it records is replayed", "[test-plugin]") {
  const ScratchFolder folder;
  const std::string script = DESCENT_SOURCE_DIR "/tools/python/record_trace.py";
  const Finished help = run_program({"/usr/bin/python3", script, "--help"}, folder.path);
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.output, Contains("examples:") && Contains("NAME/gradient") && Contains("--replay"));
  if (std::system("/usr/bin/python3 -c 'import torch' > /dev/null 2>&1") != 0) {
    std::cout << "left out: recording a trace needs PyTorch, which /usr/bin/python3 does not have\n";
    return;
  }
  folder.write("mine.py", R"(import torch
class Plain(torch.optim.Optimizer):
    def __init__(self, parameters, lr):
        super().__init__(parameters, dict(lr=lr))
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad
)");
  const Finished recorded = run_program(
      {"/usr/bin/python3", script, "mine.py:Plain", "lr=0.05", "--steps", "20", "--compressed"}, folder.path);
  INFO(recorded.errors);
  CHECK(recorded.output == "trace.npz: 20 steps of 4 parameters\n");
  const Finished same = test_plugin(folder, {"optimizer", "sgd", "learning_rate=0.05", "--replay=trace.npz"});
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.output, Contains("optimizer 'sgd': agrees: 20 steps of 4 parameters agree to"));
  const Finished other =
      test_plugin(folder, {"optimizer", "sgd", "learning_rate=0.06", "--replay=trace.npz"});
  CHECK(other.exit_code == 1);
  CHECK_THAT(other.output, Contains("deviates: step 1 of 20, matrix[0, 0]:"));
  const Finished wrong = run_program({"/usr/bin/python3", script, "mine.py:Plain", "rate=1"}, folder.path);
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.errors, Contains("mine.py:Plain does not take these options"));
}
