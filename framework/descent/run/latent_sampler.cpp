#include "descent/run/latent_sampler.hpp"

#include <array>

#include "descent/nn/mixture.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/checkpoint.hpp"

namespace descent::run {

namespace {

constexpr const char* sampler_group = "sampler";
constexpr std::array sampler_buffers = {"weights", "means", "factors"};

std::string full_name(const char* buffer) {
  return std::string(sampler_group) + "." + buffer;
}

void register_mixture(train::Training& training, const kernels::FittedMixture& mixture) {
  const Tensor* tensors[] = {&mixture.weights, &mixture.means, &mixture.factors};
  for (std::size_t i = 0; i < sampler_buffers.size(); ++i)
    training.registrar().state(sampler_group, sampler_buffers[i], *tensors[i]);
}

const Tensor* buffer_of(const Registrar& registrar, const std::string& name) {
  for (const auto& buffer : registrar.buffers())
    if (buffer->name() == name) return &buffer->value();
  return nullptr;
}

}  // namespace

SamplerFit fit_sampler(RestoredRun& run, const std::filesystem::path& checkpoint, std::int64_t components,
                       std::uint64_t seed, const std::filesystem::path& file) {
  train::Training& training = run.training();
  if (buffer_of(training.registrar(), full_name(sampler_buffers[0])) != nullptr)
    throw Error("the checkpoint " + checkpoint.filename().string() +
                " has a sampler already; fit to the state of another one, such as 'final'");
  const Tensor codes = training.codes(seed);
  SamplerFit fit{
      kernels::fit_normal_mixture(codes, components, RandomStream(stream_key(seed, sampler_group))),
      codes.rows(), codes.columns()};
  register_mixture(training, fit.mixture);
  save_state(training, load_record(runlog::CheckpointReader(checkpoint)), file);
  return fit;
}

void register_sampler(train::Training& training, const runlog::CheckpointReader& checkpoint) {
  if (!checkpoint.has("buffers/" + full_name(sampler_buffers[0]))) return;
  for (const char* name : sampler_buffers)
    training.registrar().state(sampler_group, name,
                               Tensor::zeros(checkpoint.shape("buffers/" + full_name(name))));
}

void use_sampler(train::Training& training) {
  const Tensor* weights = buffer_of(training.registrar(), full_name(sampler_buffers[0]));
  auto* generative = dynamic_cast<Generative*>(&training.model());
  if (weights == nullptr || generative == nullptr) return;
  generative->set_sampler(make_distribution<FullNormalMixture>(
      1, *weights, *buffer_of(training.registrar(), full_name(sampler_buffers[1])),
      *buffer_of(training.registrar(), full_name(sampler_buffers[2]))));
}

}  // namespace descent::run
