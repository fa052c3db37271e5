#pragma once

#include <Eigen/Core>

#include "descent/tensor/tensor.hpp"

namespace descent {

/// The eigenvalues of K/n, K being the similarities of n samples (n, d): they add up to 1. Those that may come from rounding are
/// 0. Friedman and Dieng, The Vendi Score, 2023, definition 3.1. Of some of the angles between samples; samples of zeros have the
/// similarity 1 with each other and 0 with others. Only the eigenvalues that can differ from 0 are there.
Eigen::VectorXd cosine_shares(const Tensor& samples);
/// Of exp(−‖x − y‖²/2s²), s being the bandwidth: (n).
Eigen::VectorXd rbf_shares(const Tensor& samples, double bandwidth);

/// e to the Rényi entropy of shares p that add up to 1, (Σ p^order)^(1/(1 − order)), of order 1 e to Shannon's, e^(−Σ p·log p): from 1
/// to the number of shares that are not 0. Pasarkar and Dieng, Cousins of the Vendi Score, 2024, definition 3.
double effective_number(const Eigen::VectorXd& shares, double order);

}  // namespace descent
