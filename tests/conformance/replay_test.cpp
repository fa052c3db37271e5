#include "descent/conformance/replay.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "suite_support.hpp"
#include "support/experiment_text.hpp"
#include "zip_archive.hpp"

using namespace conformance_test;
using Catch::Matchers::Contains;
using descent::Value;
using descent::testing::error_of;
using descent::testing::ScratchFolder;
namespace fs = std::filesystem;

using Options = std::vector<std::pair<std::string, Value>>;

static Finding replayed(const std::string& rule, const Options& options, const fs::path& trace,
                        double tolerance = descent::conformance::replay_tolerance) {
  Value section = Value::map();
  for (const auto& [name, value] : options) section.set(name, value);
  auto& registry = descent::testing::test_registry();
  const auto subject =
      descent::conformance::make_subject(registry.load(PluginKind::optimizer, rule), section, registry);
  return descent::conformance::replay(subject, trace, tolerance);
}

// Two steps of gradient descent at rate 0.5 on a matrix (2, 2), with `wrong` added to one number of step 2.
static std::string descent_trace(double wrong, const std::string& value_shape = "(2, 2, 2)") {
  const std::vector<double> start = {1, 2, 3, 4}, gradient = {2, 2, 2, 2, 0, 1, 0, 4};
  const std::vector<double> value = {0, 1, 2, 3, 0, 0.5, 2 + wrong, 1};
  return zip({{"m/start.npy", npy("<f8", "(2, 2)", bytes_of(start))},
              {"m/gradient.npy", npy("<f8", "(2, 2, 2)", bytes_of(gradient))},
              {"m/value.npy", npy("<f8", value_shape, bytes_of(value))}},
             false);
}

TEST_CASE("a replay agrees, or names the first step and element that deviate with both values") {
  const ScratchFolder folder;
  const fs::path trace = folder.path / "trace.npz";
  const Options half = {{"learning_rate", Value::of(0.5)}};
  write_file(trace, descent_trace(0));
  CHECK(replayed("test_descent", half, trace).text ==
        "2 steps of 1 parameters agree to " + std::string(sizeof(descent::Scalar) == 8 ? "1e-06" : "1e-05") +
            " (largest deviation 0.0e+00)");
  CHECK_THAT(replayed("test_descent", {{"learning_rate", Value::of(0.25)}}, trace).text,
             Contains("step 1 of 2, m[0, 0]: 0.5 here, 0 in the trace"));
  write_file(trace, descent_trace(0.5));
  const Finding wrong = replayed("test_descent", half, trace);
  CHECK(wrong.outcome == Outcome::failed);
  CHECK_THAT(wrong.text, Contains("step 2 of 2, m[1, 0]: 2 here, 2.5 in the trace (deviation 2.0e-01"));
  CHECK(replayed("test_descent", half, trace, 0.21).outcome == Outcome::passed);
  CHECK(replayed("test_descent", half, trace, 0.19).outcome == Outcome::failed);
  write_file(trace, descent_trace(NAN));
  CHECK(replayed("test_descent", half, trace, 1e9).outcome == Outcome::failed);
}

TEST_CASE("what cannot be replayed is an error that says why") {
  const ScratchFolder folder;
  const fs::path trace = folder.path / "trace.npz";
  const auto refusal = [&](const std::string& rule, const std::string& bytes) {
    write_file(trace, bytes);
    return error_of([&] { replayed(rule, {}, trace); });
  };
  CHECK_THAT(refusal("test_extragradient", descent_trace(0)), Contains("asks for a second gradient"));
  CHECK_THAT(refusal("test_descent", descent_trace(0, "(4, 2)")),
             Contains("'m/value' has the shape (4, 2), not (2, 2, 2)"));
  const std::vector<double> start = {1, 2};
  CHECK_THAT(refusal("test_descent", zip({{"x.npy", npy("<f8", "(2,)", bytes_of(start))}}, false)),
             Contains("holds no array 'NAME/start'"));
  CHECK_THAT(refusal("test_descent", zip({{"v/start.npy", npy("<f8", "(2,)", bytes_of(start))}}, false)),
             Contains("there is no array 'v/gradient'"));
  CHECK_THAT(refusal("test_matrix_rule", zip({{"v/start.npy", npy("<f8", "(2,)", bytes_of(start))},
                                              {"v/gradient.npy", npy("<f8", "(1, 2)", bytes_of(start))},
                                              {"v/value.npy", npy("<f8", "(1, 2)", bytes_of(start))}},
                                             false)),
             Contains("takes none of the trace's parameters: v"));
}

namespace {

struct Counterpart {
  const char* recorded;
  const char* rule;
  Options options;
};

// Not NAdam: before version 2.0 PyTorch's multiplies one momentum twice.
const std::vector<Counterpart> counterparts = {
    {"torch.optim.Adam lr=0.01 betas=0.5,0.9 eps=1e-4",
     "adam",
     {{"learning_rate", Value::of(0.01)},
      {"beta1", Value::of(0.5)},
      {"beta2", Value::of(0.9)},
      {"epsilon", Value::of(1e-4)}}},
    {"torch.optim.SGD lr=0.01 momentum=0.9 nesterov=True --compressed",
     "sgd",
     {{"learning_rate", Value::of(0.01)}, {"momentum", Value::of(0.9)}, {"nesterov", Value::of(true)}}},
    {"torch.optim.RAdam lr=0.01", "radam", {{"learning_rate", Value::of(0.01)}}},
    {"torch.optim.Adagrad lr=0.1", "adagrad", {{"learning_rate", Value::of(0.1)}}},
    {"torch.optim.RMSprop lr=0.01", "rmsprop", {{"learning_rate", Value::of(0.01)}}},
};

}  // namespace

TEST_CASE("rules agree with their counterparts in PyTorch, recorded by record_trace.py") {
  if (std::system("/usr/bin/python3 -c 'import torch' > /dev/null 2>&1") != 0) {
    std::cout << "left out: the comparison with PyTorch, which /usr/bin/python3 does not have\n";
    return;
  }
  const ScratchFolder folder;
  const std::string trace = (folder.path / "trace.npz").string();
  for (const Counterpart& counterpart : counterparts) {
    INFO(counterpart.recorded);
    const std::string command = "/usr/bin/python3 " DESCENT_SOURCE_DIR "/tools/python/record_trace.py -o " +
                                trace + " " + counterpart.recorded + " > /dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    const Finding finding = replayed(counterpart.rule, counterpart.options, trace);
    INFO(finding.text);
    CHECK(finding.outcome == Outcome::passed);
    CHECK_THAT(finding.text, Contains("50 steps of 4 parameters"));
  }
}
