#include "descent/base/random.hpp"
#include "drawn_images.hpp"
#include "job.hpp"
#include "measured_training.hpp"
#include "memory.hpp"
#include "metrics/support/neighbor_balls.hpp"
#include "product.hpp"

namespace descent::bench {

namespace {

/// Precision, recall, density and coverage of 10,000 samples and as many examples, beside the products that all distances between
/// them, between the samples and between the examples take.
class NeighborsJob final : public Job {
 public:
  NeighborsJob(std::int64_t features, double allowed)
      : name_("prdc_" + std::to_string(features)),
        allowed_(allowed),
        real_(Tensor::empty({points, features})),
        made_(Tensor::empty({points, features})),
        products_(points * points) {
    RandomStream(stream_key(1, "real")).normal(real_.data(), real_.size());
    RandomStream(stream_key(1, "made")).normal(made_.data(), made_.size());
  }

  std::string name() const override { return name_; }
  double allowed() const override { return allowed_; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    for (const auto& [a, b] : {std::pair{&real_, &real_}, {&made_, &made_}, {&real_, &made_}})
      Product{false, true, points, points, a->columns(), a->data(), b->data(), products_.data()}.run();
  }
  void descent_step() override { ball_coverage(real_, made_, 3, 5); }

 private:
  static constexpr std::int64_t points = 10'000;
  std::string name_;
  double allowed_;
  Tensor real_, made_;
  Memory products_;
};

/// The importance weighted bound of ten images with 5000 samples each, for the VAE of Burda et al. (2016) with two hidden layers of
/// 200, beside its decoder's products.
class IwaeBoundJob final : public Job {
 public:
  IwaeBoundJob() : training_(experiment()) {
    const std::pair<long, long> layers[] = {{50, 200}, {200, 200}, {200, 784}};
    for (const auto& [inputs, outputs] : layers) {
      memory_.emplace_back(rows * inputs);
      memory_.emplace_back(inputs * outputs);
      memory_.emplace_back(rows * outputs);
      const auto* x = memory_.data() + memory_.size() - 3;
      products_.push_back(
          {false, false, rows, outputs, inputs, x[0].data(), x[1].data(), memory_.back().data()});
    }
  }

  std::string name() const override { return "iwae_bound"; }
  double allowed() const override { return 1.4; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    for (long done = 0; done < images * samples; done += rows)
      for (const Product& product : products_) product.run();
  }
  void descent_step() override { training_.training().measure(training_.training().metrics().front()); }

 private:
  static constexpr long images = 10, samples = 5000, rows = 250;

  std::string experiment() const {
    write_idx(data_.path() / "train-images-idx3-ubyte", draw_images(1000, 784, 1), 28);
    write_idx(data_.path() / "t10k-images-idx3-ubyte", draw_images(images, 784, 2), 28);
    return "dataset: {plugin: idx_images, labels: false, path: \"" + data_.path().string() + R"("}
name: bench_iwae_bound
model:
  plugin: vae
  latent: 50
  encoder: {hidden: [200, 200], activation: tanh}
  decoder: {hidden: [200, 200], activation: tanh}
loss: elbo
optimizer: adam
trainer: {batch_size: 20, steps: 1}
metrics: [{plugin: iwae_bound, samples: 5000}]
)";
  }

  TemporaryFolder data_;
  MeasuredTraining training_;
  std::vector<Memory> memory_;
  Products products_;
};

}  // namespace

JobMakers metric_jobs() {
  return {[] { return std::make_unique<NeighborsJob>(64, 3.0); },
          [] { return std::make_unique<NeighborsJob>(784, 2.0); },
          [] { return std::make_unique<IwaeBoundJob>(); }};
}

}  // namespace descent::bench
