#include <catch2/catch.hpp>

#include "suite_support.hpp"
#include "support/experiment_text.hpp"

using namespace conformance_test;
using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

namespace {

struct Wrong {
  PluginKind kind;
  const char* name;
  Names failing;
  const char* seen;  // by the first of them
};

const std::vector<Wrong> wrong_plugins = {
    {PluginKind::loss, "test_detached", {"gradients"}, "player 'point': parameter 1 of 1"},
    {PluginKind::loss, "test_wide_term", {"terms"}, "sets 'value' of shape (4)"},
    {PluginKind::loss, "test_counting", {"repeatable"}, "made anew"},
    {PluginKind::dataset, "test_by_row", {"order"}, "one by one"},
    {PluginKind::dataset, "test_out_of_range", {"examples"}, "example 39 holds 39, outside of its range"},
    {PluginKind::dataset, "test_each_time_another", {"repeatable"}, "made anew"},
    {PluginKind::model, "test_summed_up", {"shapes"}, "predict (image) gives (1) for 1 examples"},
    {PluginKind::model, "test_writes_buffer", {"buffers"}, "instead of staging it"},
    {PluginKind::model, "test_stages_in_evaluation", {"buffers"}, "an evaluation pass stages"},
    {PluginKind::model, "test_counts_calls", {"save_and_load"}, "keep something in itself"},
    {PluginKind::metric, "test_infinite", {"measures"}, "what cannot be measured is NaN"},
    {PluginKind::metric,
     "test_misnamed",
     {"declares"},
     "the measure 'wall_time' cannot be named so in a log"},
};

}  // namespace

TEST_CASE("a plugin that is wrong in one way fails the check for it alone") {
  for (const Wrong& wrong : wrong_plugins) {
    INFO(wrong.name);
    const auto found = findings(descent::testing::test_registry(), wrong.kind, wrong.name);
    CHECK(failed_checks(found) == wrong.failing);
    CHECK_THAT(found.at(wrong.failing.front()).text, Contains(wrong.seen));
  }
}

TEST_CASE("what a plugin does wrong in every evaluation shows in all checks that evaluate it") {
  const auto of = [](PluginKind kind, const char* name) {
    return findings(descent::testing::test_registry(), kind, name);
  };
  const auto forgetful = of(PluginKind::loss, "test_forgetful");
  CHECK_THAT(forgetful.at("terms").text, Contains("declares 'size' and does not set it"));
  CHECK(failed_checks(forgetful) == Names{"gradients", "options", "repeatable", "terms"});
  const auto unwritten = of(PluginKind::dataset, "test_unwritten");
  CHECK_THAT(unwritten.at("examples").text,
             Contains("'forgotten' of train example 0 holds nan, or was not written"));
  const auto drifts = of(PluginKind::metric, "test_drifts");
  CHECK_THAT(drifts.at("repeatable").text, Contains("measured twice"));
  const auto moves = of(PluginKind::metric, "test_moves");
  CHECK_THAT(moves.at("leaves_training_alone").text, Contains("measuring changes parameters"));
  const auto too_few = of(PluginKind::metric, "test_too_few");
  CHECK_THAT(too_few.at("measures").text, Contains("declared 2 measures and gave 1"));
}
