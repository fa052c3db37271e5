#include <algorithm>
#include <catch2/catch.hpp>

#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

TEST_CASE("the command line makes axes of several values", "[sweep]") {
  const sweep::SweepPlan plan = plan_of("", {"optimizer.learning_rate=0.1,0.2", "model.start=[0, 0],[1, 1]",
                                             "sweep.seeds=[7]", "trainer.steps=20"});
  CHECK(folders_of(plan) == std::vector<std::string>{"learning_rate=0.1,start=[0,0]/seed=7",
                                                     "learning_rate=0.1,start=[1,1]/seed=7",
                                                     "learning_rate=0.2,start=[0,0]/seed=7",
                                                     "learning_rate=0.2,start=[1,1]/seed=7"});
  CHECK(plan.base.find("trainer")->find("steps")->integer() == 20);
  CHECK(sweep::split_values("a,[b, c],{d: 1, e: 2},'f,g'") ==
        std::vector<std::string>{"a", "[b, c]", "{d: 1, e: 2}", "'f,g'"});
}

TEST_CASE("a single value of the command line fixes the axis at its path", "[sweep]") {
  const std::string sweep =
      "sweep: {axes: {optimizer: {choice: [sgd, {plugin: adam, beta1: {choice: [0.5, 0.9]}}]}, "
      "trainer.batch_size: {choice: [8, 16]}}}\n";
  const std::vector<std::string> of_sixteen = {"optimizer=sgd,batch_size=16/seed=1",
                                               "optimizer=adam,beta1=0.5,batch_size=16/seed=1",
                                               "optimizer=adam,beta1=0.9,batch_size=16/seed=1"};
  const sweep::SweepPlan fixed = plan_of(sweep, {"trainer.batch_size=16"});
  CHECK(folders_of(fixed) == of_sixteen);
  CHECK(folders_of(plan_of(sweep, {"trainer.batch_size=4,16", "trainer.batch_size=16"})) == of_sixteen);
  CHECK(folders_of(plan_of(sweep, {"optimizer=sgd", "trainer.batch_size=8"})) ==
        std::vector<std::string>{"optimizer=sgd,batch_size=8/seed=1"});
  // They are runs of the whole sweep: what it has found of them stays.
  const auto all = identities_of(plan_of(sweep)), some = identities_of(fixed);
  CHECK(std::includes(all.begin(), all.end(), some.begin(), some.end()));
}

TEST_CASE("an override that an axis would undo is refused with both their names", "[sweep]") {
  const std::string sweep =
      "sweep: {axes: {optimizer: {choice: [{plugin: sgd, learning_rate: 0.1}, {plugin: adam, beta1: {choice: "
      "[0.5, 0.9]}}]}, trainer.batch_size: {choice: [8, 16]}}}\n";
  const std::string lost = "would be lost: the axis '";
  for (const auto& [word, axis] :
       std::vector<std::pair<std::string, std::string>>{{"optimizer.learning_rate=0.5", "optimizer"},
                                                        {"optimizer.beta1=0.7", "optimizer"},
                                                        {"trainer={batch_size: 4}", "trainer.batch_size"}}) {
    CAPTURE(word);
    CHECK_THAT(
        error_of([&, &word = word] { plan_of(sweep, {word}); }),
        Contains("command line: " + word + ": '" + word.substr(0, word.find('=')) + "' " + lost + axis));
  }
  // The plugin's name may be said or left out.
  const std::string rates = "sweep: {axes: {optimizer.adam.learning_rate: {choice: [0.1, 0.2]}}}\n";
  CHECK_THAT(error_of([&] { plan_of(rates, {"optimizer.learning_rate=0.1"}); }), Contains(lost));
  // Nothing of these is lost.
  CHECK(plan_of(sweep, {"trainer={steps: 20}", "model.start=[0, 0]", "seed=3", "metrics=null"}).runs.size() ==
        6);
  CHECK(plan_of("sweep: {axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}}\n", {"optimizer=sgd"})
            .runs.size() == 2);
}
