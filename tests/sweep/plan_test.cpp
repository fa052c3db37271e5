#include <fmt/format.h>
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <set>

#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

TEST_CASE("choices of sections with axes of their own are a union, axes side by side a product", "[sweep]") {
  const sweep::SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 1.0e-3, max: 0.1, scale: log, points: 3}}
        - {plugin: adam, learning_rate: 1.0e-3, beta1: {choice: [0.0, 0.5]}}
    model.start: {choice: [[0, 0], [1, 2]]}
  seeds: 2
)");
  CHECK(folders_of(plan) == std::vector<std::string>{
                                "optimizer=sgd,learning_rate=0.001,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.001,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.001,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.001,start=[1,2]/seed=2",
                                "optimizer=sgd,learning_rate=0.01,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.01,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.01,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.01,start=[1,2]/seed=2",
                                "optimizer=sgd,learning_rate=0.1,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.1,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.1,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.1,start=[1,2]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[0,0]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[0,0]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[1,2]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[1,2]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[0,0]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[0,0]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[1,2]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[1,2]/seed=2",
                            });
  CHECK(identities_of(plan).size() == plan.runs.size());
}

TEST_CASE("a chosen section replaces the experiment's whole section", "[sweep]") {
  const sweep::SweepPlan plan =
      plan_of("sweep: {axes: {optimizer: {choice: [{plugin: adam, beta1: 0.5}, sgd]}}}\n");
  Diagnostics diagnostics;
  const Value content = plan.content(plan.runs.front(), diagnostics);
  CHECK(content.find("optimizer")->find("learning_rate") == nullptr);
  CHECK(content.find("optimizer")->find("beta1")->number() == 0.5);
  CHECK(folders_of(plan)[0] == "optimizer=adam,beta1=0.5/seed=1");
  CHECK(folders_of(plan)[1] == "optimizer=sgd/seed=1");
  CHECK(sweep::optimizer_of(plan.configurations[0].settings) == "adam,beta1=0.5");
}

TEST_CASE("axes stand within the rules of a chain", "[sweep]") {
  const sweep::SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - [{plugin: clip_norm, max: {choice: [1, 10]}}, {plugin: adam, learning_rate: 0.1}]
)");
  CHECK(folders_of(plan) ==
        std::vector<std::string>{"optimizer=[clip_norm,adam],learning_rate=0.1,max=1/seed=1",
                                 "optimizer=[clip_norm,adam],learning_rate=0.1,max=10/seed=1"});
  Diagnostics diagnostics;
  const Value content = plan.content(plan.runs[1], diagnostics);
  CHECK(diagnostics.empty());
  CHECK(content.find("optimizer")->items()[0].find("max")->integer() == 10);
}

TEST_CASE("zipped axes go together", "[sweep]") {
  const sweep::SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer.learning_rate: {choice: [0.1, 0.2]}
    trainer.batch_size: {choice: [8, 16]}
    optimizer.beta1: {choice: [0.0, 0.9]}
  zip: [optimizer.learning_rate, trainer.batch_size]
)");
  CHECK(folders_of(plan) == std::vector<std::string>{"learning_rate=0.1,batch_size=8,beta1=0/seed=1",
                                                     "learning_rate=0.1,batch_size=8,beta1=0.9/seed=1",
                                                     "learning_rate=0.2,batch_size=16,beta1=0/seed=1",
                                                     "learning_rate=0.2,batch_size=16,beta1=0.9/seed=1"});
}

TEST_CASE("a range has exact ends, and whole numbers between whole numbers", "[sweep]") {
  const sweep::AxisRange rates{Value::of(1e-4), Value::of(0.3), true};
  CHECK(rates.at(0).number() == 1e-4);
  CHECK(rates.at(1).number() == 0.3);
  CHECK(rates.at(0.5).number() == Approx(std::sqrt(1e-4 * 0.3)).epsilon(1e-5));
  const sweep::AxisRange sizes{Value::of(2), Value::of(32), true};
  CHECK(sizes.at(0.5).integer() == 8);
  const sweep::AxisRange lengths{Value::of(0), Value::of(10), false};
  CHECK(lengths.at(0.25).integer() == 3);
}

TEST_CASE("what an axis adds leaves the other runs what they were", "[sweep]") {
  const std::string two = "sweep: {axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}, seeds: 2}\n";
  const std::string three =
      "sweep: {axes: {optimizer.learning_rate: {choice: [0.05, 0.1, 0.2]}}, seeds: 3}\n";
  const auto fewer = identities_of(plan_of(two)), more = identities_of(plan_of(three));
  CHECK(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end()));
  CHECK(identities_of(plan_of(two, {"trainer.steps=11"})) != fewer);
  // The order in which axes are written says nothing.
  const auto one_way = identities_of(plan_of("", {"trainer.batch_size=8,16", "optimizer.beta1=0.1,0.2"}));
  CHECK(one_way == identities_of(plan_of("", {"optimizer.beta1=0.1,0.2", "trainer.batch_size=8,16"})));
}

TEST_CASE("drawn settings are the same every time, different from each other, and within their ranges",
          "[sweep]") {
  const std::string method = GENERATE(as<std::string>(), "random", "sobol");
  const std::string sweep = R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 1.0e-3, max: 1.0, scale: log}}
        - {plugin: adam, learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}, beta1: {min: 0.0, max: 0.9}}
  runs: 64
  method: )" + method + "\n";
  const sweep::SweepPlan plan = plan_of(sweep);
  CHECK(folders_of(plan) == folders_of(plan_of(sweep)));
  CHECK(identities_of(plan).size() == 64);
  const bool other = folders_of(plan) != folders_of(plan_of(sweep, {"sweep.seed=2"}));
  CHECK(other == (method == "random"));
  std::size_t adams = 0, low = 0;
  for (const sweep::Configuration& configuration : plan.configurations) {
    const bool adam = sweep::optimizer_of(configuration.settings) == "adam";
    adams += adam ? 1 : 0;
    const double rate = configuration.settings[1].value.number();
    CHECK(rate >= (adam ? 1e-5 : 1e-3));
    CHECK(rate <= (adam ? 1e-2 : 1.0));
    low += rate < (adam ? std::sqrt(1e-7) : std::sqrt(1e-3)) ? 1 : 0;
  }
  // A fair coin leaves 16 to 48 of 64 in all but one of 20,000 draws; the points of Sobol halve exactly, or
  // by one.
  const std::size_t least = method == "sobol" ? 31 : 16;
  CHECK((adams >= least && adams <= 64 - least));
  CHECK((low >= 16 && low <= 48));
}

TEST_CASE("a grid has every combination, each once", "[sweep]") {
  rc::check([] {
    const auto rates = *rc::gen::inRange(1, 5), betas = *rc::gen::inRange(1, 4),
               seeds = *rc::gen::inRange(1, 4);
    std::string rate_list, beta_list;
    for (int i = 0; i < rates; ++i) rate_list += fmt::format("{}{:.2f}", i > 0 ? ", " : "", 0.01 * (i + 1));
    for (int i = 0; i < betas; ++i) beta_list += fmt::format("{}0.{}", i > 0 ? ", " : "", i + 1);
    const sweep::SweepPlan plan =
        plan_of(fmt::format("sweep: {{axes: {{optimizer.learning_rate: {{choice: [{}]}}, "
                            "optimizer.beta1: {{choice: [{}]}}}}, seeds: {}}}\n",
                            rate_list, beta_list, seeds));
    const auto expected = static_cast<std::size_t>(rates * betas * seeds);
    RC_ASSERT(plan.runs.size() == expected);
    RC_ASSERT(identities_of(plan).size() == expected);
    const auto folders = folders_of(plan);
    RC_ASSERT(std::set(folders.begin(), folders.end()).size() == expected);
  });
}
