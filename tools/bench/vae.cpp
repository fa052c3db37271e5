#include "agreement.hpp"
#include "drawn_images.hpp"
#include "floor_vae.hpp"
#include "job.hpp"
#include "measured_training.hpp"

namespace descent::bench {

namespace {

/// The experiment is experiments/vae_mnist.yaml, but for labels, the shorter last batch, and what happens
/// once an epoch.
std::string experiment_text(const std::filesystem::path& data) {
  return R"(
name: bench_vae
dataset: {plugin: idx_images, labels: false, path: ")" +
         data.string() + R"("}
model: {plugin: vae, latent: 20, encoder: {hidden: [400], activation: relu}, decoder: {hidden: [400], activation: relu}}
loss: {plugin: elbo}
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 128, last_batch: drop, steps: 100000000}
log: {metrics: {every: 50}}
)";
}

class VaeJob final : public Job {
 public:
  VaeJob()
      : images_(draw_images(60000, FloorVae::pixels, 1)),
        training_(experiment_text(write_data())),
        floor_(training_.training(), images_),
        products_(floor_.products()) {}

  std::string name() const override { return "vae"; }
  double allowed() const override { return 1.2; }
  void floor_step() override { floor_.step(); }
  void gemms() override {
    for (const Product& product : products_) product.run();
  }
  void bandwidth() override { floor_.parameters().touch(1); }
  void descent_step() override { training_.step(); }

  std::string check() override {
    for (int step = 1; step <= checked_steps; ++step) {
      training_.step();
      expect_equal_loss("vae", step, floor_.step(), training_.training().game().players()[0].objective);
    }
    return expect_equal_parameters("vae", floor_.parameters().compare(training_.training()));
  }

 private:
  std::filesystem::path write_data() const {
    write_idx(data_.path() / "train-images-idx3-ubyte", images_, 28);
    write_idx(data_.path() / "t10k-images-idx3-ubyte", draw_images(128, FloorVae::pixels, 2), 28);
    return data_.path();
  }

  TemporaryFolder data_;
  std::vector<std::uint8_t> images_;
  MeasuredTraining training_;
  FloorVae floor_;
  Products products_;
};

}  // namespace

std::unique_ptr<Job> make_vae_job() {
  return std::make_unique<VaeJob>();
}

}  // namespace descent::bench
