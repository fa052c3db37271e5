#include "bare_primitives.hpp"
#include "drawn_images.hpp"
#include "floor_parameters.hpp"
#include "job.hpp"
#include "measured_training.hpp"

namespace descent::bench {

namespace {

constexpr std::int64_t batch = 64;
using Kind = ProductLayer::Kind;

/// Random images in a folder of their own, as a data set.
class ImageData {
 public:
  explicit ImageData(std::int64_t side) {
    write_idx(folder_.path() / "train-images-idx3-ubyte", draw_images(20000, side * side, 1), side);
    write_idx(folder_.path() / "t10k-images-idx3-ubyte", draw_images(128, side * side, 2), side);
  }
  /// An experiment without its data set, on these images.
  std::string with(const std::string& experiment) const {
    return "dataset: {plugin: idx_images, labels: false, path: \"" + folder_.path().string() + "\"}\n" +
           experiment;
  }

 private:
  TemporaryFolder folder_;
};

/// A convolutional network beside its products alone, with the optimizer at bandwidth. What else a training step does
/// (activations, dropout, noise, normalization, data, metrics) is what it may take longer.
class ImageJob final : public Job {
 public:
  ImageJob(std::string name, const std::string& experiment, std::int64_t side,
           const std::vector<ProductLayer>& layers, const std::vector<std::string>& groups)
      : name_(std::move(name)),
        data_(side),
        training_(data_.with(experiment)),
        primitives_(batch, layers),
        parameters_(training_.training(), groups) {}

  std::string name() const override { return name_; }
  double allowed() const override { return 1 / 0.85; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    primitives_.run();
    parameters_.touch(1);
  }
  void descent_step() override { training_.step(); }

 private:
  std::string name_;
  ImageData data_;
  MeasuredTraining training_;
  BarePrimitives primitives_;
  FloorParameters parameters_;
};

/// experiments/papers/deepobs_mnist_vae.yaml, without what happens once an epoch.
constexpr const char* conv_vae = R"(
name: bench_conv_vae
model:
  plugin: vae
  latent: 8
  likelihood: squared_error
  encoder:
    layers:
      - conv2d: {channels: 64, kernel: 4, stride: 2, padding: same}
      - leaky_relu: 0.3
      - dropout: 0.2
      - conv2d: {channels: 64, kernel: 4, stride: 2, padding: same}
      - leaky_relu: 0.3
      - dropout: 0.2
      - conv2d: {channels: 64, kernel: 4, stride: 1, padding: same}
      - leaky_relu: 0.3
      - dropout: 0.2
  decoder:
    layers:
      - linear: 24
      - leaky_relu: 0.3
      - linear: 49
      - leaky_relu: 0.3
      - reshape: [7, 7, 1]
      - conv_transpose2d: {channels: 64, kernel: 4, stride: 2, padding: same}
      - relu
      - dropout: 0.2
      - conv_transpose2d: {channels: 64, kernel: 4, stride: 1, padding: same}
      - relu
      - dropout: 0.2
      - conv_transpose2d: {channels: 64, kernel: 4, stride: 1, padding: same}
      - relu
      - linear: output
      - sigmoid
loss: {plugin: elbo}
optimizer: {plugin: adam, learning_rate: 1.5849e-4}
trainer: {batch_size: 64, last_batch: drop, steps: 100000000}
log: {metrics: {every: 50}}
)";

std::vector<ProductLayer> conv_vae_layers() {
  return {{Kind::convolution, 28, 28, 1, 64, 4, 2, 1, 1, 1, 0, 1},  // nobody asks for the data's gradient
          {Kind::convolution, 14, 14, 64, 64, 4, 2, 1, 1},
          {Kind::convolution, 7, 7, 64, 64, 4, 1, 1, 2},
          {Kind::dense, 1, 1, 3136, 16},
          {Kind::dense, 1, 1, 8, 24},
          {Kind::dense, 1, 1, 24, 49},
          {Kind::transposed, 7, 7, 1, 64, 4, 2, 1, 1},
          {Kind::transposed, 14, 14, 64, 64, 4, 1, 1, 2},
          {Kind::transposed, 14, 14, 64, 64, 4, 1, 1, 2},
          {Kind::dense, 1, 1, 12544, 784}};
}

/// A DCGAN (Radford et al., 2016) on images of 32 by 32 pixels, a turn each.
constexpr const char* dcgan = R"(
name: bench_dcgan
model:
  plugin: gan
  latent: 100
  output: tanh
  generator:
    layers:
      - linear: 4096
      - reshape: [4, 4, 256]
      - batch_norm
      - relu
      - conv_transpose2d: {channels: 128, kernel: 4, stride: 2, padding: same}
      - batch_norm
      - relu
      - conv_transpose2d: {channels: 64, kernel: 4, stride: 2, padding: same}
      - batch_norm
      - relu
      - conv_transpose2d: {channels: output, kernel: 4, stride: 2, padding: same}
  discriminator:
    layers:
      - conv2d: {channels: 64, kernel: 4, stride: 2, padding: same}
      - leaky_relu: 0.2
      - conv2d: {channels: 128, kernel: 4, stride: 2, padding: same}
      - batch_norm
      - leaky_relu: 0.2
      - conv2d: {channels: 256, kernel: 4, stride: 2, padding: same}
      - batch_norm
      - leaky_relu: 0.2
loss: {plugin: non_saturating}
optimizer: {plugin: adam, learning_rate: 2.0e-4, beta1: 0.5}
trainer: {batch_size: 64, last_batch: drop, steps: 100000000, turns: [{discriminator: 1}, {generator: 1}]}
log: {metrics: {every: 50}}
)";

std::vector<ProductLayer> dcgan_layers() {
  // The discriminator's turn makes images (1 forward), and looks at fakes and reals (2 forwards, 2 gradients of its
  // weights, 2 of its hidden inputs); the generator's makes images and looks at them, and takes the gradients of the
  // discriminator's inputs, the images among them, and of its own weights.
  const int generator_forwards = 2, discriminator_forwards = 3;
  return {{Kind::dense, 1, 1, 100, 4096, 1, 1, 0, 0, generator_forwards, 0, 1},
          {Kind::transposed, 4, 4, 256, 128, 4, 2, 1, 1, generator_forwards, 1, 1},
          {Kind::transposed, 8, 8, 128, 64, 4, 2, 1, 1, generator_forwards, 1, 1},
          {Kind::transposed, 16, 16, 64, 1, 4, 2, 1, 1, generator_forwards, 1, 1},
          {Kind::convolution, 32, 32, 1, 64, 4, 2, 1, 1, discriminator_forwards, 1, 2},
          {Kind::convolution, 16, 16, 64, 128, 4, 2, 1, 1, discriminator_forwards, 3, 2},
          {Kind::convolution, 8, 8, 128, 256, 4, 2, 1, 1, discriminator_forwards, 3, 2},
          {Kind::dense, 1, 1, 4096, 1, 1, 1, 0, 0, discriminator_forwards, 3, 2}};
}

/// The critic's update alone, of the DCGAN above without batch normalization in its discriminator, which a gradient penalty
/// does not go with.
std::string critic_update(const std::string& losses) {
  std::string text = dcgan;
  const auto replace = [&text](const std::string& old, const std::string& by, std::size_t from) {
    const std::size_t place = text.find(old, from);
    if (place == std::string::npos) throw Error("the DCGAN of the bench has no '" + old + "'");
    text.replace(place, old.size(), by);
  };
  const std::size_t discriminator = text.find("discriminator:");
  for (int i = 0; i < 2; ++i) replace("      - batch_norm\n", "", discriminator);
  replace("{plugin: non_saturating}", losses, 0);
  replace("[{discriminator: 1}, {generator: 1}]", "[{discriminator: 1}]", 0);
  return text;
}

/// The critic's update of WGAN-GP beside that of the same critic without the penalty.
class PenaltyJob final : public Job {
 public:
  std::string name() const override { return "wgan_gp_critic"; }
  double allowed() const override { return 2.2; }
  bool has_floor() const override { return false; }
  void bandwidth() override { plain_.step(); }
  void descent_step() override { penalized_.step(); }

 private:
  ImageData data_{32};
  MeasuredTraining plain_{data_.with(critic_update("wasserstein"))};
  MeasuredTraining penalized_{
      data_.with(critic_update("[wasserstein, {plugin: gradient_penalty, weight: 10}]"))};
};

}  // namespace

std::unique_ptr<Job> make_wgan_gp_critic_job() {
  return std::make_unique<PenaltyJob>();
}
std::unique_ptr<Job> make_conv_vae_job() {
  return std::make_unique<ImageJob>("conv_vae", conv_vae, 28, conv_vae_layers(),
                                    std::vector<std::string>{"encoder", "decoder"});
}
std::unique_ptr<Job> make_dcgan_job() {
  return std::make_unique<ImageJob>("dcgan", dcgan, 32, dcgan_layers(),
                                    std::vector<std::string>{"generator", "discriminator"});
}

}  // namespace descent::bench
