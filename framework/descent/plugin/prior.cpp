#include "descent/plugin/prior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/nn/mixture.hpp"

namespace descent {

namespace {

constexpr std::int64_t most_components = 1'000'000;
// Of a pseudo-input's noise, relative to the field's range, and of the mean of random ones: those of the paper's code.
constexpr double pseudo_noise = 0.01, pseudo_mean = 0.05;

}  // namespace

Prior Prior::parse(const Value& value, Diagnostics& diagnostics) {
  Prior result;
  const bool is_map = value.is(Value::Kind::map) && value.entries().size() == 1;
  const std::string word = value.is(Value::Kind::text) ? value.text() : is_map ? value.entries()[0].key : "";
  for (const auto& [name, kind] : {std::pair{"standard", Kind::standard},
                                   {"mixture", Kind::mixture},
                                   {"vamp", Kind::vamp},
                                   {"conditional", Kind::conditional},
                                   {"none", Kind::none}}) {
    const bool has_options = kind == Kind::mixture || kind == Kind::vamp;
    if (word != name || (is_map && !has_options)) continue;
    result.kind_ = kind;
    result.components_ = kind == Kind::vamp ? 500 : 10;
    if (is_map) result.read_options(value.entries()[0].value, diagnostics);
    return result;
  }
  diagnostics.add(value.location(),
                  fmt::format("a prior is standard, {{mixture: {{components: 10}}}}, {{vamp: {{components: "
                              "500}}}}, conditional or none, but this is {}",
                              value.description()));
  return result;
}

void Prior::read_options(const Value& options, Diagnostics& diagnostics) {
  const char* own = kind_ == Kind::vamp ? "vamp" : "mixture";
  if (!options.is(Value::Kind::map))
    return diagnostics.add(options.location(),
                           fmt::format("the prior's '{}' is a map such as {{components: 10}}, not {}", own,
                                       options.description()));
  for (const Value::Entry& entry : options.entries()) {
    const Value& value = entry.value;
    if (entry.key == "components") {
      if (value.is(Value::Kind::integer) && value.integer() >= 1 && value.integer() <= most_components)
        components_ = value.integer();
      else
        diagnostics.add({value.location(),
                         fmt::format("a prior's 'components' must be a whole number from 1 to {}, not {}",
                                     most_components, value.description()),
                         codes::out_of_range});
    } else if (entry.key == "start" && kind_ == Kind::vamp) {
      starts_at_data_ = value.is(Value::Kind::text) && value.text() == "data";
      if (!starts_at_data_ && !(value.is(Value::Kind::text) && value.text() == "random"))
        diagnostics.add(value.location(), fmt::format("'start' of pseudo-inputs is random or data, not {}",
                                                      value.description()));
    } else {
      diagnostics.add({entry.key_location,
                       fmt::format("the prior '{}' has no option '{}'; it has components{}", own, entry.key,
                                   kind_ == Kind::vamp ? " and start" : ""),
                       codes::unknown_name});
    }
  }
}

void Prior::build(std::int64_t latent, const Field& modeled, const Condition& condition, NetworkSpec& network,
                  Registrar& registrar) {
  latent_ = latent;
  if (kind_ == Kind::mixture) {
    means_ = &registrar.parameter("prior", "means", {components_, latent}, initialize::normal(1));
    log_variances_ =
        &registrar.parameter("prior", "log_variances", {components_, latent}, initialize::constant(0));
    logits_ = &registrar.parameter("prior", "logits", {components_}, initialize::constant(0));
  }
  if (kind_ == Kind::conditional) {
    if (condition.empty())
      throw Error("'prior: conditional' needs a condition; give the model one, such as 'condition: label'");
    network_ = Network(network, condition.shape(), {2 * latent}, "prior", registrar, condition.shape());
  }
  if (kind_ != Kind::vamp) return;
  if (!condition.empty())
    throw Error(
        "a vamp prior has no pseudo-inputs for a condition; use 'prior: conditional', or leave the condition "
        "out");
  if (modeled.classes > 0)
    throw Error(fmt::format("a vamp prior learns pseudo-inputs, which '{}' cannot be: it holds class indices",
                            modeled.name));
  low_ = modeled.low;
  high_ = modeled.high;
  const double range = high_ - low_;
  pseudo_inputs_ =
      &registrar.parameter("prior", "pseudo_inputs", modeled.shape.batch(components_),
                           range > 0 ? initialize::normal(pseudo_noise * range, low_ + pseudo_mean * range)
                                     : initialize::normal(1));
}

void Prior::initialize(const Variable& examples, Pass& pass) {
  if (kind_ != Kind::vamp || !starts_at_data_) return;
  Tensor& inputs = pseudo_inputs_->value;
  RandomStream random = pass.random("pseudo_inputs");
  random.normal(inputs.data(), inputs.size());
  const double range = high_ > low_ ? high_ - low_ : 1;
  const std::int64_t size = inputs.columns(), rows = examples.shape()[0];
  for (std::int64_t i = 0; i < inputs.size(); ++i) {
    const std::int64_t row = i / size % rows;
    double number = examples.value().data()[row * size + i % size] + pseudo_noise * range * inputs.data()[i];
    // Reflected at the ends of the range: outside there is no gradient that would bring it back.
    if (high_ > low_) number = high_ - std::abs(high_ - (low_ + std::abs(number - low_)));
    inputs.data()[i] = static_cast<Scalar>(number);
  }
  inputs.mark_written();
}

DistributionPtr Prior::vamp(std::int64_t rows, Pass& pass, const Encoder& encode) const {
  const auto no_training_data = pass.no_buffer_updates();
  const Variable tapped = pass.tapped();
  const Variable& u = pseudo_inputs_->variable;
  const DistributionPtr posterior = encode(high_ > low_ ? clamp(u, low_, high_) : u, pass);
  pass.tap(tapped);
  const auto* normal = dynamic_cast<const Normal*>(posterior.get());
  if (normal == nullptr)
    throw Error(fmt::format("a vamp prior is a mixture of normal posteriors, and the model's is a '{}'",
                            posterior->name()));
  return make_distribution<NormalMixture>(Shape{rows, latent_}, normal->mean(), normal->log_variance());
}

DistributionPtr Prior::operator()(std::int64_t rows, const Variable& y, Pass& pass,
                                  const Encoder& encode) const {
  switch (kind_) {
    case Kind::standard:
      break;
    case Kind::none:
      return nullptr;
    case Kind::vamp:
      return vamp(rows, pass, encode);
    case Kind::mixture:
      return make_distribution<NormalMixture>(Shape{rows, latent_}, means_->variable,
                                              log_variances_->variable, logits_->variable);
    case Kind::conditional: {
      const Variable h = network_.forward(y, y, pass);  // (rows, 2·latent)
      return make_distribution<Normal>(slice_last(h, 0, latent_), slice_last(h, latent_, 2 * latent_));
    }
  }
  return Normal::standard({rows, latent_});
}

}  // namespace descent
