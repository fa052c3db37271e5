#include "floor_vae.hpp"

#include <numeric>

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::bench {

static const std::vector<std::string> vae_groups = {"encoder", "decoder"};
static constexpr float over_batch = 1.0f / static_cast<float>(FloorVae::batch);

FloorVae::FloorVae(const train::Training& training, const std::vector<std::uint8_t>& images)
    : seed_(training.experiment().seed),
      images_(images),
      order_(images.size() / pixels),
      parameters_(training, vae_groups),
      x_(batch * pixels),
      noise_(batch * latent),
      deviation_(batch * latent),
      z_(batch * latent),
      z_gradient_(batch * latent),
      encoder_hidden_(parameters_, "encoder.0", batch, pixels, hidden, x_.data(), 0),
      encoder_output_(parameters_, "encoder.1", batch, hidden, 2 * latent, encoder_hidden_.output(), 1),
      decoder_hidden_(parameters_, "decoder.0", batch, latent, hidden, z_.data(), 0),
      decoder_output_(parameters_, "decoder.1", batch, hidden, pixels, decoder_hidden_.output(), 1) {
  shuffle();
}

void FloorVae::shuffle() {
  std::iota(order_.begin(), order_.end(), 0);
  RandomStream(stream_key(seed_, "shuffle"), epoch_).shuffle(order_.data(), std::ssize(order_));
}

void FloorVae::next_batch() {
  for (long row = 0; row < batch; ++row) {
    const std::uint8_t* next = images_.data() + order_[(position_ + 1) % order_.size()] * pixels;
    for (long byte = 0; byte < pixels; byte += 64) __builtin_prefetch(next + byte);
    const std::uint8_t* in = images_.data() + order_[position_++] * pixels;
    float* out = x_.data() + row * pixels;
    kernels::put_each(out, pixels, false,
                      [=](long i) { return static_cast<float>(in[i]) * (1.0f / 255.0f); });
  }
  if (position_ + batch <= order_.size()) return;
  ++epoch_;
  position_ = 0;
  shuffle();
}

// z = mean + exp(log variance / 2)·noise.
void FloorVae::sample_latent() {
  RandomStream(stream_key(seed_, "latent"), step_).normal(noise_.data(), batch * latent);
  for (long row = 0; row < batch; ++row) {
    const ConstUnalignedView mean(encoder_output_.output() + 2 * row * latent, latent);
    const ConstUnalignedView log_variance(mean.data() + latent, latent),
        noise(noise_.data() + row * latent, latent);
    UnalignedView deviation(deviation_.data() + row * latent, latent);
    deviation = (0.5f * log_variance).exp();
    UnalignedView(z_.data() + row * latent, latent) = mean + deviation * noise;
  }
}

// Cross entropy of the logits and its gradient in one pass; e = exp(-|l|) serves both.
double FloorVae::reconstruction() {
  alignas(alignment_bytes) float e[pixels];
  double total = 0;
  for (long row = 0; row < batch; ++row) {
    float* const logits = decoder_output_.output() + row * pixels;
    float* const gradient = decoder_output_.output_gradient() + row * pixels;
    const float *const x = x_.data() + row * pixels, *const bias = decoder_output_.bias();
    UnalignedView l(logits, pixels), entropy(gradient, pixels);
    l += ConstUnalignedView(bias, pixels);
    UnalignedView(e, pixels) = (-l.abs()).exp();
    entropy = l.max(0.0f) - l * ConstUnalignedView(x, pixels) + (1.0f + UnalignedView(e, pixels)).log();
    total += static_cast<double>(entropy.sum());
    const float* const numbers = e;
    kernels::put_each(gradient, pixels, false, [=](long i) {
      return ((logits[i] > 0 ? 1.0f : numbers[i]) / (1.0f + numbers[i]) - x[i]) * over_batch;
    });
  }
  return total / batch;
}

// KL(q(z | x) ‖ N(0, I)), and the gradient of the whole loss with respect to the encoder's output, given that
// of z.
double FloorVae::divergence() {
  double total = 0;
  for (long row = 0; row < batch; ++row) {
    const ConstUnalignedView mean(encoder_output_.output() + 2 * row * latent, latent);
    const ConstUnalignedView log_variance(mean.data() + latent, latent),
        noise(noise_.data() + row * latent, latent);
    const ConstUnalignedView deviation(deviation_.data() + row * latent, latent);
    const ConstUnalignedView z_gradient(z_gradient_.data() + row * latent, latent);
    total += 0.5 * static_cast<double>((mean.square() + deviation.square() - log_variance - 1.0f).sum());
    UnalignedView mean_gradient(encoder_output_.output_gradient() + 2 * row * latent, latent);
    UnalignedView log_variance_gradient(mean_gradient.data() + latent, latent);
    mean_gradient = z_gradient + over_batch * mean;
    log_variance_gradient =
        0.5f * (z_gradient * noise * deviation + over_batch * (deviation.square() - 1.0f));
  }
  return total / batch;
}

double FloorVae::step() {
  ++step_;
  next_batch();
  encoder_hidden_.forward();
  encoder_output_.forward();
  sample_latent();
  decoder_hidden_.forward();
  decoder_output_.forward_product();
  double loss = reconstruction();

  decoder_output_.backward_activation(true);
  decoder_output_.weight_gradient();
  decoder_output_.input_gradient(decoder_hidden_.output_gradient());
  decoder_hidden_.backward_activation(true);
  decoder_hidden_.weight_gradient();
  decoder_hidden_.input_gradient(z_gradient_.data());
  loss += divergence();
  encoder_output_.backward_activation(true);
  encoder_output_.weight_gradient();
  encoder_output_.input_gradient(encoder_hidden_.output_gradient());
  encoder_hidden_.backward_activation(true);
  encoder_hidden_.weight_gradient();
  parameters_.step({});
  return loss;
}

Products FloorVae::products() const {
  Products list;
  for (const DenseLayer* layer : {&encoder_hidden_, &encoder_output_, &decoder_hidden_, &decoder_output_})
    layer->list_forward(list);
  decoder_output_.list_backward(list, true, decoder_hidden_.output_gradient());
  decoder_hidden_.list_backward(list, true, z_gradient_.data());
  encoder_output_.list_backward(list, true, encoder_hidden_.output_gradient());
  encoder_hidden_.list_backward(list, true, nullptr);
  return list;
}

}  // namespace descent::bench
