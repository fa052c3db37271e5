#!/usr/bin/python3
"""CMA-ES by Hansen's tutorial (arXiv 1604.00772), written a second time with numpy: prints what it makes of given points.

Standard input: a line "n λ", then generations of λ lines of n numbers, the best point first. Standard output, a line each:
weights, "μ_eff c_σ d_σ c_c c_1 c_μ E‖N‖", and then of every generation the mean, σ, and C row by row.
"""

import sys

import numpy as np


def parameters(n, size):
    raw = np.log((size + 1) / 2) - np.log(np.arange(1, size + 1))
    mu = size // 2
    mu_eff = raw[:mu].sum() ** 2 / (raw[:mu] ** 2).sum()
    mu_eff_minus = raw[mu:].sum() ** 2 / (raw[mu:] ** 2).sum()
    c_sigma = (mu_eff + 2) / (n + mu_eff + 5)
    d_sigma = 1 + 2 * max(0, np.sqrt((mu_eff - 1) / (n + 1)) - 1) + c_sigma
    c_c = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n)
    c_1 = 2 / ((n + 1.3) ** 2 + mu_eff)
    c_mu = min(1 - c_1, 2 * (1 / 4 + mu_eff + 1 / mu_eff - 2) / ((n + 2) ** 2 + 2 * mu_eff / 2))
    alpha = min(1 + c_1 / c_mu, 1 + 2 * mu_eff_minus / (mu_eff + 2), (1 - c_1 - c_mu) / (n * c_mu))
    weights = np.where(raw >= 0, raw / raw[raw > 0].sum(), alpha * raw / -raw[raw < 0].sum())
    norm = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
    return mu, weights, mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, norm


def say(numbers):
    print(" ".join(f"{number:.17g}" for number in np.ravel(numbers)))


def main():
    tokens = sys.stdin.read().split()
    n, size = int(tokens[0]), int(tokens[1])
    generations = np.array(tokens[2:], dtype=float).reshape(-1, size, n)
    mu, weights, mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, norm = parameters(n, size)
    say(weights)
    say([mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, norm])
    mean, sigma, covariance = np.full(n, 0.5), 0.3, np.eye(n)
    p_sigma, p_c = np.zeros(n), np.zeros(n)
    for g, points in enumerate(generations, 1):
        values, vectors = np.linalg.eigh(covariance)
        inverse_root = vectors @ np.diag(values**-0.5) @ vectors.T
        y = [(point - mean) / sigma for point in points]
        y_w = sum(weight * step for weight, step in zip(weights[:mu], y))
        mean = mean + sigma * y_w
        p_sigma = (1 - c_sigma) * p_sigma + np.sqrt(c_sigma * (2 - c_sigma) * mu_eff) * inverse_root @ y_w
        length = np.sqrt(p_sigma @ p_sigma)
        h = length / np.sqrt(1 - (1 - c_sigma) ** (2 * (g + 1))) < (1.4 + 2 / (n + 1)) * norm
        p_c = (1 - c_c) * p_c + h * np.sqrt(c_c * (2 - c_c) * mu_eff) * y_w
        new = (1 + c_1 * (1 - h) * c_c * (2 - c_c) - c_1 - c_mu * weights.sum()) * covariance
        new = new + c_1 * np.outer(p_c, p_c)
        for weight, step in zip(weights, y):
            if weight < 0:
                weight = weight * n / np.sum((inverse_root @ step) ** 2)
            new = new + c_mu * weight * np.outer(step, step)
        covariance = new
        sigma = sigma * np.exp(c_sigma / d_sigma * (length / norm - 1))
        sigma = min(sigma, 1 / 3 / np.sqrt(max(np.diag(covariance))))  # pycma's maxstd_boundrange
        say(mean)
        say([sigma])
        say(covariance)


if __name__ == "__main__":
    main()
