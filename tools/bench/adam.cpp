#include "chain_job.hpp"
#include "descent/base/error.hpp"
#include "descent/base/random.hpp"
#include "floor_parameters.hpp"

namespace descent::bench {

namespace {

constexpr long adam_parameters = 10'000'000;

// A step's update is the next step's gradient here. With beta2 = beta1² both moments fade at one rate, so
// that updates stay as large as the learning rate; with the usual beta2 they would die out into denormal
// numbers, which are slow.
constexpr AdamSettings settings = {.beta2 = 0.81};
constexpr const char* optimizer_text = "{plugin: adam, learning_rate: 1.0e-3, beta2: 0.81}";

/// One vector of parameters with gradients, and the chain that the plugin adam makes for it.
class AdamJob final : public Job {
 public:
  AdamJob() : chain_(optimizer_text, {adam_parameters}), arena_(chain_.arena()), moments_(chain_.slots()) {
    arena_.values().fill(1);
    draw_gradients(0);
  }

  std::string name() const override { return "adam"; }
  double allowed() const override { return 1 / 0.9; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    read_modify_write(1, arena_.size(), arena_.values().data(), arena_.gradients().data(), moments_[0].data(),
                      moments_[1].data());
  }
  void descent_step() override { chain_.step(); }

  std::string check() override {
    Memory value(arena_.size()), gradient(arena_.size()), first(arena_.size()), second(arena_.size());
    std::copy_n(arena_.values().data(), arena_.size(), value.data());
    for (int step = 1; step <= 5; ++step) {
      draw_gradients(static_cast<std::uint32_t>(step));
      std::copy_n(arena_.gradients().data(), arena_.size(), gradient.data());
      descent_step();
      adam_step(settings, step, arena_.size(), value.data(), gradient.data(), first.data(), second.data());
    }
    for (long i = 0; i < adam_parameters; ++i)
      if (!(std::abs(value.data()[i] - arena_.values().data()[i]) <= 1e-6f))
        throw RunError("adam: after 5 steps parameter " + std::to_string(i) + " is " +
                       std::to_string(arena_.values().data()[i]) + ", but must be " +
                       std::to_string(value.data()[i]));
    return "adam: 10 million parameters agree with the floor's after 5 steps";
  }

 private:
  void draw_gradients(std::uint32_t step) {
    RandomStream(stream_key(1, "gradients"), step).normal(arena_.gradients().data(), adam_parameters);
  }

  MeasuredChain chain_;
  chain::Arena& arena_;
  std::vector<Tensor> moments_;
};

}  // namespace

std::unique_ptr<Job> make_adam_job() {
  return std::make_unique<AdamJob>();
}

}  // namespace descent::bench
