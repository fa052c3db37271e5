#pragma once

#include <cstdint>
#include <optional>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

/// Tensors whose numbers count along another tensor's dimension, from 0.
namespace descent::kernels {

/// The first element of `index` that is no whole number from 0 up to `classes` − 1, or nothing.
DESCENT_API std::optional<std::int64_t> find_invalid_index(const Tensor& index, std::int64_t classes);

// Of these, every index must be valid.
/// out[i] = x[i, index[i]]: x (batch, classes), index and out (batch).
DESCENT_API void pick(const Tensor& x, const Tensor& index, Tensor& out);
/// out[i, index[i]] = x[i], and zeros elsewhere: x and index (batch), out (batch, classes).
DESCENT_API void place(const Tensor& x, const Tensor& index, Tensor& out);
/// out[i, index[i]] = 1, and zeros elsewhere: index (batch), out (batch, classes).
DESCENT_API void one_hot(const Tensor& index, Tensor& out);

/// out[i] = row index[i] of x: x (classes, …), index (batch), out (batch, …).
DESCENT_API void take_rows(const Tensor& x, const Tensor& index, Tensor& out);
/// out[index[i]] += x[i], in the order of i: x (batch, …), index (batch), out (classes, …).
DESCENT_API void add_to_rows(const Tensor& x, const Tensor& index, Tensor& out);

// Of these, `index` and the smaller tensor have the shape (…, k), the larger one (…, n).
/// out[…, j] = x[…, index[…, j]].
DESCENT_API void take_last(const Tensor& x, const Tensor& index, Tensor& out);
/// out[…, index[…, j]] += x[…, j], in the order of j.
DESCENT_API void add_to_last(const Tensor& x, const Tensor& index, Tensor& out);
/// The places of the k largest numbers along the last dimension, the largest first and of equal ones the first;
/// NaN counts as the largest: x (…, n), index (…, k) with k from 1 to n.
DESCENT_API void top_k(const Tensor& x, Tensor& index);

}  // namespace descent::kernels
