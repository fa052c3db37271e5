#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace descent::bench {

/// One thing that is measured, and what it is measured against. Its benchmarks are called `NAME/floor`,
/// `NAME/gemms`, `NAME/bandwidth` and `NAME/descent`.
class Job {
 public:
  virtual ~Job() = default;
  virtual std::string name() const = 0;
  /// How many times its floor Descent may take.
  virtual double allowed() const = 0;
  /// Whether there is a hand-written floor; otherwise the floor is the memory's bandwidth.
  virtual bool has_floor() const { return true; }

  virtual void floor_step() {}
  virtual void gemms() {}
  /// What the optimizer's arrays cost to read and write; changes nothing.
  virtual void bandwidth() = 0;
  virtual void descent_step() = 0;
  /// Whether prepare() must be called before each step, outside of what is measured; before each pass at
  /// bandwidth too, so that both find the same arrays in the caches.
  virtual bool prepares() const { return false; }
  virtual void prepare() {}

  /// Plays floor and Descent from the same start, and throws RunError where they do not compute the same
  /// thing. Returns what was compared; nothing for a job without a floor of its own. For a fresh job.
  virtual std::string check() { return ""; }
};
using JobMakers = std::vector<std::function<std::unique_ptr<Job>()>>;

std::unique_ptr<Job> make_vae_job();
std::unique_ptr<Job> make_gan_job();
std::unique_ptr<Job> make_adam_job();
std::unique_ptr<Job> make_conv_vae_job();
std::unique_ptr<Job> make_dcgan_job();
std::unique_ptr<Job> make_wgan_gp_critic_job();
JobMakers metric_jobs();

}  // namespace descent::bench
