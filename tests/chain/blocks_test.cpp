#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "descent/base/random.hpp"
#include "descent/chain/chain_runner.hpp"
#include "support/experiment_text.hpp"
#include "support/with_threads.hpp"

using namespace descent;

namespace {

using Sizes = std::vector<std::int64_t>;

/// Parameters of any sizes, and the chain of an experiment that moves them, without a model.
class Bench {
 public:
  Bench(const experiment::Experiment& experiment, const Sizes& sizes, int threads, long block_size)
      : experiment_(experiment), chains_(experiment_.optimizer, diagnostics_), threads_(threads) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      auto made = std::make_unique<Parameter>();
      // Two groups, so that there are two units.
      made->group = i % 2 == 0 ? "even" : "odd";
      made->name = made->group + "." + std::to_string(i);
      made->shape = Shape{sizes[i]};
      parameters_.push_back(std::move(made));
    }
    std::vector<Parameter*> pointers;
    for (const auto& parameter : parameters_) pointers.push_back(parameter.get());
    arena_ = std::make_unique<chain::Arena>(pointers);
    fill("values", 0);
    for (std::size_t i = 0; i < parameters_.size(); ++i) copy_gradient_to_value(i);
    units_ = chains_.cover("all", *arena_, diagnostics_);
    diagnostics_.throw_if_any();
    runner_ = std::make_unique<chain::ChainRunner>(*arena_, units_, 1);
    runner_->set_block_size(block_size);
  }

  /// Values after some updates with a probe each, then the evaluation point.
  std::vector<std::vector<double>> play(chain::Updates updates) {
    std::vector<std::vector<double>> seen;
    for (std::int64_t step = 1; step <= 2; ++step) {
      const Tensor before = arena_->values().clone();
      fill("ahead", step);
      runner_->probe(step, 0, {});
      seen.push_back(arena_->values().to_doubles());
      arena_->values().copy_from(before);
      fill("gradient", step);
      runner_->update(step, 0, {}, updates);
      seen.push_back(arena_->values().to_doubles());
    }
    runner_->write_evaluation_point(2);
    seen.push_back(arena_->values().to_doubles());
    return seen;
  }

 private:
  void fill(const char* stream, std::int64_t step) {
    RandomStream random(stream_key(1, stream), static_cast<std::uint32_t>(step));
    for (Tensor& gradient : arena_->gradient_views()) random.normal(gradient.data(), gradient.size());
  }
  void copy_gradient_to_value(std::size_t i) { parameters_[i]->value.copy_from(arena_->gradient_views()[i]); }

  Diagnostics diagnostics_;
  experiment::Experiment experiment_;
  chain::ChainTable chains_;
  testing::WithThreads threads_;
  std::vector<std::unique_ptr<Parameter>> parameters_;
  std::unique_ptr<chain::Arena> arena_;
  std::vector<chain::ChainUnit> units_;
  std::unique_ptr<chain::ChainRunner> runner_;
};

}  // namespace

// Plays a chain on parameters of any sizes, cut into blocks of any size, with one thread and with two,
// whether or not the updates are to be seen afterwards.
static void check_blocks(const std::string& chain) {
  const experiment::Experiment experiment = testing::experiment_of(
      "model: test_point\nloss: test_quadratic\ntrainer: {steps: 1}\noptimizer:" + chain);
  CHECK(rc::check([&] {
    const Sizes sizes = *rc::gen::resize(
        4, rc::gen::nonEmpty(rc::gen::container<Sizes>(rc::gen::oneOf(
               rc::gen::inRange<std::int64_t>(1, 100), rc::gen::inRange<std::int64_t>(1, 20001)))));
    const long block_size = 16 * *rc::gen::inRange<long>(1, 33);
    const int threads = *rc::gen::inRange(1, 3);
    const chain::Updates updates = *rc::gen::element(chain::Updates::dropped, chain::Updates::kept);
    const auto expected = Bench(experiment, sizes, 1, 512).play(chain::Updates::kept);
    RC_ASSERT(Bench(experiment, sizes, threads, block_size).play(updates) == expected);
    // What was compared is no constant.
    RC_ASSERT(expected[0] != expected[1]);
    RC_ASSERT(expected[1] != expected[3]);
  }));
}

TEST_CASE("the same bits come out for any block size and any number of threads") {
  check_blocks(R"(
  - {plugin: clip_norm, max: 1, over: group}
  - {plugin: test_noise, stddev: 0.01}
  - test_extragradient
  - {plugin: adam, learning_rate: 0.1}
  - {plugin: clip_norm, max: 0.5}
  - {plugin: test_ema, decay: 0.9}
  - {plugin: test_project, limit: 1.5}
)");
}

TEST_CASE("the rules that ship give the same bits for any block size and any number of threads") {
  // Many optimizers in one chain make no sense, but show at once whether one of them does not keep to its
  // block.
  check_blocks(R"(
  - sam
  - {plugin: gradient_noise, gamma: 0}
  - {plugin: clip_value, max: 2}
  - {plugin: l1, weight: 0.1}
  - optimistic
  - {plugin: rmsprop, centered: true, momentum: 0.5}
  - adagrad
  - adadelta
  - amsgrad
  - adamax
  - nadam
  - radam
  - adabelief
  - yogi
  - {plugin: lion, learning_rate: 0.1, weight_decay: 0.1}
  - schedule_free
  - {plugin: lookahead, every: 2}
  - {plugin: project, low: -1.5}
  - ema
)");
}
