#include "agreement.hpp"
#include "floor_gan.hpp"
#include "job.hpp"
#include "measured_training.hpp"

namespace descent::bench {

namespace {

/// experiments/gan_ring.yaml with batches of 64, without its metric and samples.
constexpr const char* experiment_text = R"(
name: bench_gan
dataset: {plugin: gaussian_ring, modes: 8, radius: 1.0, stddev: 0.01}
model:
  plugin: gan
  latent: 2
  generator: {hidden: [128, 128], activation: relu}
  discriminator: {hidden: [128, 128], activation: leaky_relu}
loss: {plugin: non_saturating}
optimizer:
  generator: {plugin: adam, learning_rate: 1.0e-3, beta1: 0.5}
  discriminator: {plugin: adam, learning_rate: 1.0e-3, beta1: 0.5}
trainer: {batch_size: 64, steps: 100000000, turns: [{discriminator: 1}, {generator: 1}]}
log: {metrics: {every: 50}}
)";

class GanJob final : public Job {
 public:
  GanJob() : training_(experiment_text), floor_(training_.training()), products_(floor_.products()) {}

  std::string name() const override { return "gan"; }
  double allowed() const override { return 1.4; }
  void floor_step() override { floor_.step(); }
  void gemms() override {
    for (const Product& product : products_) product.run();
  }
  void bandwidth() override {
    floor_.generator_parameters().touch(1);
    floor_.discriminator_parameters().touch(1);
  }
  void descent_step() override { training_.step(); }

  std::string check() override {
    for (int step = 1; step <= checked_steps; ++step) {
      training_.step();
      const FloorGan::Losses losses = floor_.step();
      train::Game& game = training_.training().game();
      expect_equal_loss("gan's discriminator", step, losses.discriminator,
                        game.find_player("discriminator")->objective);
      expect_equal_loss("gan's generator", step, losses.generator, game.find_player("generator")->objective);
    }
    const train::Training& training = training_.training();
    return expect_equal_parameters("gan's discriminator",
                                   floor_.discriminator_parameters().compare(training)) +
           "\n" + expect_equal_parameters("gan's generator", floor_.generator_parameters().compare(training));
  }

 private:
  MeasuredTraining training_;
  FloorGan floor_;
  Products products_;
};

}  // namespace

std::unique_ptr<Job> make_gan_job() {
  return std::make_unique<GanJob>();
}

}  // namespace descent::bench
