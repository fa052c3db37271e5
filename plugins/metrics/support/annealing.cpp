#include "annealing.hpp"

#include <algorithm>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

constexpr double wanted_acceptance = 0.65, memory = 0.9, growth = 1.02;
constexpr double least_step = 1e-4, greatest_step = 1.0;

// x += the factor of the row times y.
void add_rows(Tensor& x, const std::vector<double>& factors, const Tensor& y) {
  const std::int64_t columns = x.columns();
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const auto factor = static_cast<Scalar>(factors[static_cast<std::size_t>(row)]);
    for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i) x.data()[i] += factor * y.data()[i];
  }
}

std::vector<double> scaled(const std::vector<double>& numbers, double factor) {
  std::vector<double> result;
  for (const double number : numbers) result.push_back(factor * number);
  return result;
}

}  // namespace

AnnealedChains::AnnealedChains(LatentVariableModel& model, Values x, Values y, std::int64_t rows, Pass& pass,
                               const Annealing& how)
    : model_(model), x_(std::move(x)), y_(std::move(y)), rows_(rows), pass_(pass), how_(how) {
  if (!model_.prior(rows_, y_, pass_))
    throw Error("annealing begins at the prior, and the model has no prior ('prior: none')");
}

AnnealedChains::Points AnnealedChains::at(const Tensor& z) {
  const NoGrad with_history(false);
  const Variable point = Variable::leaf(z);
  const Variable prior = model_.prior(rows_, y_, pass_)->log_prob(point, pass_);
  const Variable likelihood = log_prob(*model_.decode(point, y_, pass_), x_, pass_);
  const auto gradient = [&](const Variable& density) { return grad(sum(density), {&point, 1})[0].value(); };
  return {z, prior.value().to_doubles(), likelihood.value().to_doubles(), gradient(prior),
          gradient(likelihood)};
}

// −log p(z)·p(x | z)^temperature + |momentum|²/2.
std::vector<double> AnnealedChains::energies(const Points& points, const Tensor& momentum,
                                             double temperature) const {
  std::vector<double> energies;
  for (std::size_t row = 0; row < points.prior.size(); ++row) {
    double square = 0;
    const Scalar* v = momentum.data() + static_cast<std::int64_t>(row) * momentum.columns();
    for (std::int64_t i = 0; i < momentum.columns(); ++i) square += static_cast<double>(v[i]) * v[i];
    energies.push_back(square / 2 - points.prior[row] - temperature * points.likelihood[row]);
  }
  return energies;
}

// Leapfrog steps. Neal, MCMC Using Hamiltonian Dynamics, 2011, equations 2.28 to 2.30.
Tensor AnnealedChains::propose(const Points& from, double temperature, Tensor& momentum, Points& to) {
  to = from;
  const auto kick = [&](double share) {
    add_rows(momentum, scaled(step_sizes_, share), to.prior_gradient);
    add_rows(momentum, scaled(step_sizes_, share * temperature), to.likelihood_gradient);
  };
  kick(0.5);
  for (std::int64_t step = 0; step < how_.leapfrog_steps; ++step) {
    Tensor z = to.z.clone();
    add_rows(z, step_sizes_, momentum);
    to = at(z);
    kick(step + 1 < how_.leapfrog_steps ? 1 : 0.5);
  }
  return to.z;
}

void AnnealedChains::move(Points& points, double temperature) {
  Tensor momentum = pass_.normal("momentum", points.z.shape()).value().clone();
  const std::vector<double> before = energies(points, momentum, temperature);
  Points proposed;
  propose(points, temperature, momentum, proposed);
  const std::vector<double> after = energies(proposed, momentum, temperature);
  const std::vector<double> chance = pass_.uniform("accept", {rows_}).value().to_doubles();
  points.z = points.z.clone();  // others may look at the old ones
  for (std::int64_t row = 0; row < rows_; ++row) {
    const auto i = static_cast<std::size_t>(row);
    // Where the energy is not a number, nothing is accepted.
    const bool accepted = std::log(chance[i]) < before[i] - after[i];
    acceptance_[i] = memory * acceptance_[i] + (accepted ? 1 - memory : 0);
    step_sizes_[i] =
        std::clamp(acceptance_[i] > wanted_acceptance ? step_sizes_[i] * growth : step_sizes_[i] / growth,
                   least_step, greatest_step);
    ++proposed_;
    if (!accepted) continue;
    ++accepted_;
    points.prior[i] = proposed.prior[i];
    points.likelihood[i] = proposed.likelihood[i];
    const auto take = [&](Tensor& into, const Tensor& from) {
      into.row_range(row, row + 1).copy_from(from.row_range(row, row + 1));
    };
    take(points.z, proposed.z);
    take(points.prior_gradient, proposed.prior_gradient);
    take(points.likelihood_gradient, proposed.likelihood_gradient);
  }
}

std::vector<double> AnnealedChains::forward() {
  const std::vector<double>& t = how_.temperatures;
  step_sizes_.assign(static_cast<std::size_t>(rows_), how_.step_size);
  acceptance_.assign(step_sizes_.size(), wanted_acceptance);
  Points points = at(model_.prior(rows_, y_, pass_)->sample(pass_, "latent").value().clone());
  std::vector<double> weights(step_sizes_.size());
  for (std::size_t k = 1; k < t.size(); ++k) {
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += (t[k] - t[k - 1]) * points.likelihood[i];
    if (k + 1 < t.size()) move(points, t[k]);
  }
  return weights;
}

std::vector<double> AnnealedChains::backward(const Tensor& z) {
  const std::vector<double>& t = how_.temperatures;
  step_sizes_.assign(static_cast<std::size_t>(rows_), how_.step_size);
  acceptance_.assign(step_sizes_.size(), wanted_acceptance);
  Points points = at(z.clone());
  std::vector<double> weights(step_sizes_.size());
  for (std::size_t k = t.size() - 1; k > 0; --k) {
    // The first transition leaves the posterior as it is, and lets chains that start at one draw differ.
    move(points, t[k]);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += (t[k] - t[k - 1]) * points.likelihood[i];
  }
  return weights;
}

}  // namespace descent
