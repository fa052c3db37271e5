#include "chain_job.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>

#include "descent/base/error.hpp"
#include "descent/base/random.hpp"
#include "descent/kernels/detail/elementwise.hpp"
#include "memory.hpp"
#include "product.hpp"

namespace descent::bench {

MeasuredChain::MeasuredChain(const std::string& optimizer, const Shape& shape)
    : experiment_(
          read_text("name: bench\nmodel: {plugin: point}\nloss: {plugin: quadratic}\ntrainer: {steps: 1}\n"
                    "optimizer: " +
                        optimizer + "\n",
                    folder_.path(), registry_)),
      chains_(experiment_.optimizer, diagnostics_),
      arena_({&registrar_.parameter("layer", "weight", shape, initialize::normal(1))}),
      units_(chains_.cover("player", arena_, diagnostics_)),
      runner_(arena_, units_, 1),
      gradient_(Tensor::empty(arena_.gradients().shape())) {
  diagnostics_.throw_if_any();
  for (const auto& [name, schedule] : chains_.schedules()) schedule->evaluate(1);
  RandomStream(stream_key(1, "values"), 0).normal(arena_.values().data(), shape.size());
  RandomStream(stream_key(1, "gradients"), 0).normal(gradient_.data(), shape.size());
  restore_gradient();
}

void MeasuredChain::restore_gradient() {
  arena_.gradients().copy_from(gradient_);
}

void MeasuredChain::step() {
  runner_.update(++step_, 0, {});
}

std::vector<Tensor> MeasuredChain::slots() const {
  std::vector<Tensor> all;
  for (const chain::RuleState& state : units_[0].rules)
    for (const Tensor& slot : state.slot_arenas)
      if (slot.defined()) all.push_back(slot);
  return all;
}

int MeasuredChain::reading_passes() const {
  const auto& rules = units_[0].rules;
  return static_cast<int>(std::count_if(rules.begin(), rules.end(), [](const chain::RuleState& state) {
    return state.rule->needs.norm != Over::nothing;
  }));
}

namespace {

constexpr std::int64_t parameters = 10'000'000;

template <class... Arrays>
void touch(float one, long count, Arrays*... arrays) {
  DESCENT_INDEPENDENT_ITERATIONS
  for (long i = 0; i < count; ++i) ((arrays[i] *= one), ...);
}

/// What every number of these arrays costs to read and to write.
void touch_all(float one, long count, const std::vector<float*>& a) {
  switch (a.size()) {
    case 2:
      return touch(one, count, a[0], a[1]);
    case 3:
      return touch(one, count, a[0], a[1], a[2]);
    case 4:
      return touch(one, count, a[0], a[1], a[2], a[3]);
    case 5:
      return touch(one, count, a[0], a[1], a[2], a[3], a[4]);
    case 6:
      return touch(one, count, a[0], a[1], a[2], a[3], a[4], a[5]);
    default:
      throw RunError("no loop over so many arrays was written");
  }
}

class ElementwiseJob final : public Job {
 public:
  ElementwiseJob(std::string name, const std::string& optimizer, double share)
      : name_(std::move(name)),
        draws_(name_ == "gradient_noise"),  // random numbers cost more than memory does
        share_(share),
        chain_(optimizer, {parameters}) {
    arrays_ = {chain_.arena().values().data(), chain_.arena().gradients().data()};
    for (Tensor& slot : slots_ = chain_.slots()) arrays_.push_back(slot.data());
  }
  std::string name() const override { return name_; }
  double allowed() const override { return 1 / share_; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    for (int pass = 0; pass < chain_.reading_passes(); ++pass)
      sum_ += array(chain_.arena().gradients()).square().sum();
    float one = 1;
    benchmark::DoNotOptimize(one);  // or the loop would be left out
    benchmark::DoNotOptimize(sum_);
    touch_all(one, chain_.arena().size(), arrays_);
    if (draws_) draw();
  }
  bool prepares() const override { return true; }
  void prepare() override { chain_.restore_gradient(); }
  void descent_step() override { chain_.step(); }

 private:
  // A normal number for each parameter, thrown away block by block.
  void draw() {
    alignas(alignment_bytes) float numbers[block_scalars];
    RandomStream stream(stream_key(1, "noise"), 0);
    for (long begin = 0; begin < parameters; begin += block_scalars)
      stream.normal(numbers, std::min<long>(block_scalars, parameters - begin));
    benchmark::DoNotOptimize(numbers[0]);
  }

  std::string name_;
  bool draws_;
  double share_;
  MeasuredChain chain_;
  std::vector<Tensor> slots_;
  std::vector<float*> arrays_;
  float sum_ = 0;
};

/// A rule on a whole matrix of 1024 by 1024, and `gemms` products of that size.
class MatrixJob final : public Job {
 public:
  MatrixJob(std::string name, const std::string& optimizer, int gemms, double allowed)
      : name_(std::move(name)), count_(gemms), allowed_(allowed), chain_(optimizer, {side, side}) {
    for (Memory* memory : {&a_, &b_, &c_}) *memory = Memory(side * side);
    std::copy_n(chain_.arena().gradients().data(), side * side, a_.data());
    std::copy_n(chain_.arena().gradients().data(), side * side, b_.data());
    chain_.step();  // the first one computes what later ones keep
  }
  std::string name() const override { return name_; }
  double allowed() const override { return allowed_; }
  bool has_floor() const override { return false; }
  void bandwidth() override {
    for (int i = 0; i < count_; ++i)
      Product{.m = side, .n = side, .k = side, .a = a_.data(), .b = b_.data(), .c = c_.data()}.run();
  }
  bool prepares() const override { return true; }
  void prepare() override { chain_.restore_gradient(); }
  void descent_step() override { chain_.step(); }

 private:
  static constexpr long side = 1024;
  std::string name_;
  int count_;
  double allowed_;
  MeasuredChain chain_;
  Memory a_, b_, c_;
};

bool is_elementwise(const std::string& optimizer) {
  try {
    return MeasuredChain(optimizer, {16}).element_wise();
  } catch (const Error&) {
    return false;  // it refuses what is no matrix
  }
}

}  // namespace

bool MeasuredChain::element_wise() const {
  const auto& rules = units_[0].rules;
  return std::all_of(rules.begin(), rules.end(), [](const chain::RuleState& state) {
    return state.rule->granularity == Granularity::element;
  });
}

JobMakers elementwise_jobs() {
  // Where roots and divisions dominate, 80 % of bandwidth is asked for, and 90 % of all others. With eight
  // numbers in a vector, the rules with a root and a division for each number compute as long as memory
  // takes, even in the cache.
  const std::vector<std::string> rooted = {"adabelief", "adadelta", "adagrad", "adam",    "adamw",
                                           "amsgrad",   "nadam",    "radam",   "rmsprop", "yogi"};
  JobMakers makers;
  Registry registry = standard_registry();
  for (const PluginInfo& plugin : registry.plugins()) {
    if (plugin.kind != PluginKind::optimizer || !is_elementwise(plugin.name)) continue;
    const bool roots = std::find(rooted.begin(), rooted.end(), plugin.name) != rooted.end();
    makers.push_back([name = plugin.name, share = roots ? 0.8 : 0.9] {
      return std::make_unique<ElementwiseJob>(name, name, share);
    });
  }
  makers.push_back([] {
    return std::make_unique<ElementwiseJob>("clip_norm, l2, adam",
                                            "[clip_norm, {plugin: l2, weight: 1.0e-4}, adam]", 0.9);
  });
  return makers;
}

JobMakers matrix_jobs() {
  return {[] { return std::make_unique<MatrixJob>("muon", "muon", 15, 1.2); },
          [] {
            return std::make_unique<MatrixJob>("shampoo", "{plugin: shampoo, root_every: 1000000000}", 4,
                                               1.5);
          },
          [] {
            return std::make_unique<MatrixJob>("shampoo, roots too", "shampoo", 4,
                                               std::numeric_limits<double>::infinity());
          }};
}

}  // namespace descent::bench
