#include "descent/nn/mixture.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "descent/base/error.hpp"

namespace descent {

namespace {

// (rows, components) -> the component that each row is drawn from, (rows).
Tensor drawn_components(const Variable& logits, std::int64_t rows, Pass& pass, std::string_view stream) {
  const NoGrad discrete;
  return Categorical(broadcast_to(logits, {rows, logits.shape()[1]})).sample(pass, stream).value();
}

}  // namespace

// --- with independent elements -------------------------------------------------------------------------------

NormalMixture::NormalMixture(const Shape& shape, Variable means, Variable log_variances, Variable logits)
    : shape_(shape),
      components_(means.shape()[0]),
      means_(std::move(means)),
      log_variances_(std::move(log_variances)),
      logits_(std::move(logits)) {
  const Shape flat = {components_, shape.row_size()};
  if (means_.value().size() != flat.size() || log_variances_.value().size() != flat.size())
    throw Error(fmt::format("a mixture over {} needs means and log variances (components, {}), not {} and {}",
                            shape.text(), shape.row_size(), means_.shape().text(),
                            log_variances_.shape().text()));
  means_ = reshape(means_, flat);
  log_variances_ = reshape(log_variances_, flat);
}

Variable NormalMixture::log_weights() const {
  if (!logits_.defined()) return Tensor::full({1, components_}, -std::log(static_cast<double>(components_)));
  return log_softmax(reshape(logits_, {1, components_}));
}

Variable NormalMixture::log_prob(const Variable& x, Pass&, Per per) const {
  if (per == Per::element) return {};
  const std::int64_t rows = shape_[0], size = shape_.row_size();
  const Variable center = sum_batch(means_.detach()) / static_cast<double>(components_);  // (size)
  const Variable z = reshape(x, {rows, size}) - center, m = means_ - center;
  const Variable precision = exp(-log_variances_);  // (components, size)
  const Variable squares = matmul(square(z), precision, false, true) -
                           2.0 * matmul(z, m * precision, false, true) + sum_features(square(m) * precision);
  const Variable constant = sum_features(log_variances_) + static_cast<double>(size) * std::log(2 * M_PI);
  return log_sum_exp(reshape(log_weights(), {components_}) - 0.5 * (squares + constant));
}

Variable NormalMixture::sample(Pass& pass, std::string_view stream) const {
  const Tensor component = drawn_components(log_weights(), shape_[0], pass, stream);
  const Variable mean = embedding(means_, component), log_variance = embedding(log_variances_, component);
  return reshape(Normal(mean, log_variance).sample(pass, stream), shape_);
}

Variable NormalMixture::mean(Pass&) const {
  const Variable one = matmul(exp(log_weights()), means_);  // (1, size)
  return reshape(broadcast_to(one, {shape_[0], shape_.row_size()}), shape_);
}

DistributionPtr NormalMixture::repeat(std::int64_t count) const {
  return make_distribution<NormalMixture>(shape_.row().batch(shape_[0] * count), means_, log_variances_,
                                          logits_);
}

DistributionPtr NormalMixture::detached() const {
  return make_distribution<NormalMixture>(shape_, means_.detach(), log_variances_.detach(),
                                          logits_.defined() ? logits_.detach() : logits_);
}

// --- with full covariances -----------------------------------------------------------------------------------

FullNormalMixture::FullNormalMixture(std::int64_t rows, Tensor weights, Tensor means, Tensor factors)
    : rows_(rows), weights_(std::move(weights)), means_(std::move(means)), factors_(std::move(factors)) {}

Variable FullNormalMixture::log_prob(const Variable&, Pass&, Per) const {
  throw std::logic_error("a mixture with full covariances is only drawn from");
}

Variable FullNormalMixture::sample(Pass& pass, std::string_view stream) const {
  const std::int64_t components = means_.rows(), size = means_.columns();
  const Variable logits = reshape(log(Variable(weights_)), {1, components});
  const Tensor component = drawn_components(logits, rows_, pass, stream);
  const Variable factor = reshape(
      embedding(reshape(Variable(factors_), {components, size * size}), component), {rows_, size, size});
  const Variable noise = reshape(pass.normal(stream, {rows_, size}), {rows_, size, 1});
  return embedding(Variable(means_), component) + reshape(batched_matmul(factor, noise), {rows_, size});
}

Variable FullNormalMixture::mean(Pass&) const {
  const Variable one = matmul(reshape(Variable(weights_), {1, means_.rows()}), Variable(means_));
  return broadcast_to(one, {rows_, means_.columns()});
}

DistributionPtr FullNormalMixture::repeat(std::int64_t count) const {
  return make_distribution<FullNormalMixture>(rows_ * count, weights_, means_, factors_);
}

DistributionPtr FullNormalMixture::detached() const {
  return make_distribution<FullNormalMixture>(*this);
}

}  // namespace descent
