#include "floor_gan.hpp"

#include <cmath>
#include <numbers>

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::bench {

static const std::vector<std::string> generator_group = {"generator"},
                                      discriminator_group = {"discriminator"};
static constexpr float point_deviation = 0.01f;

FloorGan::Network::Network(const FloorParameters& parameters, const std::string& group, long outputs,
                           const float* input, float slope)
    : layers{DenseLayer(parameters, group + ".0", batch, 2, hidden, input, slope),
             DenseLayer(parameters, group + ".1", batch, hidden, hidden, layers[0].output(), slope),
             DenseLayer(parameters, group + ".2", batch, hidden, outputs, layers[1].output(), 1)} {}

void FloorGan::Network::forward() {
  for (DenseLayer& layer : layers) layer.forward();
}

void FloorGan::Network::backward(bool with_parameters, float* input_gradient) {
  for (std::size_t i = layers.size(); i-- > 0;) {
    layers[i].backward_activation(with_parameters);
    if (with_parameters) layers[i].weight_gradient();
    float* const below = i > 0 ? layers[i - 1].output_gradient() : input_gradient;
    if (below != nullptr) layers[i].input_gradient(below);
  }
}

void FloorGan::Network::list_forward(Products& list) const {
  for (const DenseLayer& layer : layers) layer.list_forward(list);
}

void FloorGan::Network::list_backward(Products& list, bool with_parameters, float* input_gradient) const {
  for (std::size_t i = layers.size(); i-- > 0;)
    layers[i].list_backward(list, with_parameters, i > 0 ? layers[i - 1].output_gradient() : input_gradient);
}

FloorGan::FloorGan(const train::Training& training)
    : seed_(training.experiment().seed),
      generator_parameters_(training, generator_group),
      discriminator_parameters_(training, discriminator_group),
      points_(2 * batch),
      latent_(2 * batch),
      generator_(generator_parameters_, "generator", 2, latent_.data(), 0),
      on_fake_(discriminator_parameters_, "discriminator", 1, generator_.layers[2].output(), 0.01f),
      on_real_(discriminator_parameters_, "discriminator", 1, points_.data(), 0.01f) {
  // The discriminator's turn takes the gradients of the real points first.
  for (DenseLayer& layer : on_fake_.layers) layer.accumulate_gradients();
  for (std::size_t k = 0; k < modes; ++k) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(modes);
    centers_[2 * k] = static_cast<float>(std::cos(angle));
    centers_[2 * k + 1] = static_cast<float>(std::sin(angle));
  }
}

void FloorGan::draw_points() {
  std::array<std::int64_t, batch> chosen;
  RandomStream random(stream_key(seed_, "data"), step_);
  random.below(modes, chosen.data(), batch);
  random.normal(points_.data(), 2 * batch);
  for (std::size_t i = 0; i < batch; ++i) {
    const float* center = centers_.data() + 2 * chosen[i];
    float* point = points_.data() + 2 * i;
    point[0] = center[0] + point_deviation * point[0];
    point[1] = center[1] + point_deviation * point[1];
  }
}

void FloorGan::draw_latent(std::uint32_t evaluation) {
  RandomStream(stream_key(seed_, "latent"), step_, evaluation).normal(latent_.data(), 2 * batch);
}

/// The mean of −log of the probability that the logits give to being real (sign 1) or fake (−1), and its
/// gradient.
static double cross_entropy(DenseLayer& last, float sign) {
  constexpr long batch = FloorGan::batch;
  const ConstUnalignedView logits(last.output(), batch);
  UnalignedView gradient(last.output_gradient(), batch);
  alignas(alignment_bytes) float exponentials[batch];
  UnalignedView e(exponentials, batch);
  e = (-logits.abs()).exp();
  const double total = ((-sign * logits).max(0.0f) + (1.0f + e).log()).sum();
  const float *const numbers = exponentials, *const l = logits.data();
  // −sign·σ(−sign·l) / batch
  kernels::put_each(gradient.data(), batch, false, [=](long i) {
    return -sign / static_cast<float>(batch) * (sign * l[i] < 0 ? 1.0f : numbers[i]) / (1.0f + numbers[i]);
  });
  return total / batch;
}

double FloorGan::play_discriminator() {
  draw_latent(0);
  generator_.forward();
  on_fake_.forward();
  on_real_.forward();
  double loss = cross_entropy(on_real_.layers[2], 1);
  on_real_.backward(true, nullptr);
  loss += cross_entropy(on_fake_.layers[2], -1);
  on_fake_.backward(true, nullptr);
  discriminator_parameters_.step(adam());
  return loss;
}

double FloorGan::play_generator() {
  draw_latent(1);
  generator_.forward();
  on_fake_.forward();
  const double loss = cross_entropy(on_fake_.layers[2], 1);
  on_fake_.backward(false, generator_.layers[2].output_gradient());
  generator_.backward(true, nullptr);
  generator_parameters_.step(adam());
  return loss;
}

FloorGan::Losses FloorGan::step() {
  ++step_;
  draw_points();
  const double discriminator = play_discriminator();
  return {discriminator, play_generator()};
}

Products FloorGan::products() const {
  Products list;
  generator_.list_forward(list);
  on_fake_.list_forward(list);
  on_real_.list_forward(list);
  on_real_.list_backward(list, true, nullptr);
  on_fake_.list_backward(list, true, nullptr);
  generator_.list_forward(list);
  on_fake_.list_forward(list);
  on_fake_.list_backward(list, false, generator_.layers[2].output_gradient());
  generator_.list_backward(list, true, nullptr);
  return list;
}

}  // namespace descent::bench
