#include "descent/nn/distributions.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "descent/base/error.hpp"

namespace descent {

namespace {

constexpr double log_two_pi = 1.8378770664093454836;

// A joint distribution of one part is that part.
const Distribution& only_part(const Distribution& p) {
  return p.parts() == 1 ? p.part(0) : p;
}

Variable per_row(const Variable& elements, Per per) {
  return per == Per::row ? sum_features(elements) : elements;
}

}  // namespace

Distribution::~Distribution() = default;
Draw Distribution::draw(Pass& pass, std::string_view stream) const {
  Variable value = sample(pass, stream);
  Variable density = log_prob(value, pass);
  return {std::move(value), std::move(density)};
}
bool Distribution::reparameterized() const {
  return false;
}
Variable Distribution::kl(const Distribution&, Per) const {
  return {};
}
std::size_t Distribution::parts() const {
  return 1;
}
const Distribution& Distribution::part(std::size_t index) const {
  DESCENT_ASSERT(index == 0, "a distribution that is no Joint has one part");
  return *this;
}

Variable log_prob(const Distribution& distribution, const Values& x, Pass& pass) {
  if (x.size() != distribution.parts())
    throw Error(
        fmt::format("a distribution of {} fields was asked about {}", distribution.parts(), x.size()));
  Variable total;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!x[i].defined()) continue;
    const Variable part = distribution.part(i).log_prob(x[i], pass);
    total = total.defined() ? total + part : part;
  }
  if (!total.defined()) throw Error("a distribution was asked about no field at all");
  return total;
}

// --- normal ------------------------------------------------------------------------------------------------

Normal::Normal(Standard, const Shape& shape) : shape_(shape) {}
Normal::Normal(Variable mean, double stddev)
    : shape_(mean.shape()), mean_(std::move(mean)), stddev_(stddev) {}
Normal::Normal(Variable mean, Variable log_variance)
    : shape_(mean.shape()), mean_(std::move(mean)), log_variance_(std::move(log_variance)) {}

Normal::Normal(Variable mean, double stddev, bool normalized) : Normal(std::move(mean), stddev) {
  normalized_ = normalized;
}

DistributionPtr Normal::squared_error(Variable mean) {
  return make_distribution<Normal>(std::move(mean), M_SQRT1_2, false);
}

DistributionPtr Normal::standard(const Shape& shape) {
  return make_distribution<Normal>(Standard(), shape);
}

Variable Normal::mean() const {
  return is_standard() ? Variable(Tensor::zeros(shape_)) : mean_;
}
Variable Normal::mean(Pass&) const {
  return mean();
}
Variable Normal::log_variance() const {
  return log_variance_.defined() ? log_variance_ : Variable::scalar(2 * std::log(stddev_));
}

Variable Normal::sample(Pass& pass, std::string_view stream) const {
  if (is_standard()) return pass.normal(stream, shape_);
  if (!log_variance_.defined()) return mean_ + stddev_ * pass.normal(stream, shape_);
  return mean_ + exp(0.5 * log_variance_) * pass.normal(stream, shape_);
}

Variable Normal::log_prob(const Variable& x, Pass&, Per per) const {
  if (log_variance_.defined())
    return -0.5 * per_row(square(x - mean_) * exp(-log_variance_) + log_variance_ + log_two_pi, per);
  // One constant for all elements, added once.
  const Variable distance = per_row(square(is_standard() ? x : x - mean_), per);
  if (!normalized_) return -distance;
  const auto count = static_cast<double>(per == Per::row ? shape_.row_size() : 1);
  const double constant = std::log(2 * M_PI * stddev_ * stddev_) / 2 * count;
  return -(distance / (2 * stddev_ * stddev_) + constant);
}

Variable Normal::kl(const Distribution& p, Per per) const {
  const auto* other = dynamic_cast<const Normal*>(&only_part(p));
  if (other == nullptr) return {};
  if (other->is_standard() && log_variance_.defined() && log_variance_.shape() == shape_)
    return 0.5 * per_row(square(mean_) + exp(log_variance_) - log_variance_ - 1.0, per);
  const Variable own = log_variance(), others = other->log_variance();
  const Variable difference = other->is_standard() ? mean() : mean() - other->mean();
  return 0.5 * per_row((square(difference) + exp(own)) * exp(-others) + others - own - 1.0, per);
}

DistributionPtr Normal::repeat(std::int64_t count) const {
  if (is_standard()) return standard(shape_.row().batch(shape_[0] * count));
  const Variable mean = repeat_rows(mean_, count);
  if (!log_variance_.defined()) return make_distribution<Normal>(mean, stddev_, normalized_);
  const bool is_per_row = log_variance_.shape() == shape_;
  return make_distribution<Normal>(mean, is_per_row ? repeat_rows(log_variance_, count) : log_variance_);
}

DistributionPtr Normal::detached() const {
  if (is_standard()) return standard(shape_);
  if (!log_variance_.defined()) return make_distribution<Normal>(mean_.detach(), stddev_, normalized_);
  return make_distribution<Normal>(mean_.detach(), log_variance_.detach());
}

// --- point mass --------------------------------------------------------------------------------------------

Variable PointMass::log_prob(const Variable&, Pass&, Per) const {
  throw Error("a point mass, as a deterministic encoder gives it, has no density");
}
Variable PointMass::sample(Pass&, std::string_view) const {
  return point_;
}
Draw PointMass::draw(Pass&, std::string_view) const {
  return {point_, {}};
}
Variable PointMass::mean(Pass&) const {
  return point_;
}
DistributionPtr PointMass::repeat(std::int64_t count) const {
  return make_distribution<PointMass>(repeat_rows(point_, count));
}
DistributionPtr PointMass::detached() const {
  return make_distribution<PointMass>(point_.detach());
}

// --- Bernoulli ---------------------------------------------------------------------------------------------

Bernoulli::Bernoulli(Variable logits, std::string_view checked)
    : logits_(std::move(logits)), checked_(checked) {}

Variable Bernoulli::log_prob(const Variable& x, Pass&, Per per) const {
  if (!checked_.empty())
    for (const Scalar number : x.value().values())
      if (!(number >= 0 && number <= 1))
        throw Error(
            fmt::format("a Bernoulli likelihood is of numbers from 0 to 1, but '{}' has {}; give the model "
                        "'likelihood: gaussian'",
                        checked_, number));
  return -per_row(bce_with_logits(logits_, x), per);
}

Variable Bernoulli::sample(Pass& pass, std::string_view stream) const {
  return positive(sigmoid(logits_.detach()) - pass.uniform(stream, logits_.shape()));
}

Variable Bernoulli::mean(Pass&) const {
  return sigmoid(logits_);
}

// σ(l)·(l − m) + softplus(m) − softplus(l), l and m being the logits of this and of p.
Variable Bernoulli::kl(const Distribution& p, Per per) const {
  const auto* other = dynamic_cast<const Bernoulli*>(&only_part(p));
  if (other == nullptr) return {};
  return per_row(sigmoid(logits_) * (logits_ - other->logits_) + softplus(other->logits_) - softplus(logits_),
                 per);
}

DistributionPtr Bernoulli::repeat(std::int64_t count) const {
  return make_distribution<Bernoulli>(repeat_rows(logits_, count), checked_);
}

DistributionPtr Bernoulli::detached() const {
  return make_distribution<Bernoulli>(logits_.detach(), checked_);
}

// --- categorical -------------------------------------------------------------------------------------------

Categorical::Categorical(Variable logits) : logits_(std::move(logits)) {
  if (logits_.shape().rank() < 2)
    throw Error(fmt::format("a categorical distribution needs logits (rows, …, classes), but got {}",
                            logits_.shape().text()));
}

namespace {

// (rows·elements, classes)
Variable flat(const Variable& logits) {
  const std::int64_t classes = logits.shape()[logits.shape().rank() - 1];
  return reshape(logits, {logits.value().size() / classes, classes});
}

// (rows, …) of logits (rows, …, classes)
Shape without_classes(const Shape& logits) {
  return Shape(logits.extents().first(logits.rank() - 1));
}

}  // namespace

Variable Categorical::log_prob(const Variable& x, Pass&, Per per) const {
  const Shape shape = without_classes(logits_.shape());
  if (x.value().size() != shape.size())
    throw Error(
        fmt::format("a categorical distribution over {} was asked about {}", shape.text(), x.shape().text()));
  const Variable chosen = pick(log_softmax(flat(logits_)), reshape(x, {shape.size()}).value());
  const Variable elements = reshape(chosen, shape);
  return per == Per::row && shape.rank() > 1 ? sum_features(elements) : elements;
}

Variable Categorical::sample(Pass& pass, std::string_view stream) const {
  const NoGrad discrete;
  const Variable noise = pass.uniform(stream, logits_.shape());
  return reshape(argmax(flat(logits_ - log(-log(noise)))), without_classes(logits_.shape()));
}

Variable Categorical::mean(Pass&) const {
  return {};
}

DistributionPtr Categorical::repeat(std::int64_t count) const {
  return make_distribution<Categorical>(repeat_rows(logits_, count));
}

DistributionPtr Categorical::detached() const {
  return make_distribution<Categorical>(logits_.detach());
}

// --- joint -------------------------------------------------------------------------------------------------

Joint::Joint(std::initializer_list<DistributionPtr> parts) {
  for (const DistributionPtr& part : parts) append(part);
}

void Joint::append(DistributionPtr part) {
  DESCENT_ASSERT(count_ < Values::most, "a joint distribution has at most eight parts");
  parts_[count_++] = std::move(part);
}

const Distribution& Joint::part(std::size_t index) const {
  DESCENT_ASSERT(index < count_, "the joint distribution has no such part");
  return *parts_[index];
}

const Distribution& Joint::only() const {
  if (count_ != 1)
    throw std::logic_error(
        fmt::format("a joint distribution of {} fields was asked as one of a single field", count_));
  return *parts_[0];
}

Variable Joint::log_prob(const Variable& x, Pass& pass, Per per) const {
  return only().log_prob(x, pass, per);
}
Variable Joint::sample(Pass& pass, std::string_view stream) const {
  return only().sample(pass, stream);
}
Variable Joint::mean(Pass& pass) const {
  return only().mean(pass);
}

bool Joint::reparameterized() const {
  bool all = true;
  for (std::size_t i = 0; i < count_; ++i) all = all && parts_[i]->reparameterized();
  return all;
}

Variable Joint::kl(const Distribution& p, Per per) const {
  if (p.parts() != count_ || (per == Per::element && count_ != 1)) return {};
  Variable total;
  for (std::size_t i = 0; i < count_; ++i) {
    const Variable part = parts_[i]->kl(p.part(i), per);
    if (!part.defined()) return {};
    total = total.defined() ? total + part : part;
  }
  return total;
}

template <class Change>
DistributionPtr Joint::changed(const Change& change) const {
  auto result = std::allocate_shared<Joint>(PoolAllocator<Joint>(), std::initializer_list<DistributionPtr>{});
  for (std::size_t i = 0; i < count_; ++i) result->append(change(*parts_[i]));
  return result;
}

DistributionPtr Joint::repeat(std::int64_t count) const {
  return changed([&](const Distribution& part) { return part.repeat(count); });
}

DistributionPtr Joint::detached() const {
  return changed([](const Distribution& part) { return part.detached(); });
}

}  // namespace descent
