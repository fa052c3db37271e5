#pragma once

#include <cstdint>

#include "descent/autograd/variable.hpp"
#include "descent/kernels/activations.hpp"
#include "descent/kernels/convolution.hpp"
#include "descent/kernels/images.hpp"

/// Functions of variables. Element-wise functions of two broadcast like numpy's, as far as one operand's
/// shape equals the result's and the other one's own dimensions are adjacent: a scalar, a row `(features)` or
/// `(1, features)`, a column `(batch, 1)`, or `(channels)` against `(batch, height, width, channels)`.
/// An op whose shapes do not fit throws Error with its name and the shapes.
namespace descent {

// --- element-wise, of two ----------------------------------------------------------------------------------
DESCENT_API Variable operator+(const Variable& a, const Variable& b);
DESCENT_API Variable operator-(const Variable& a, const Variable& b);
DESCENT_API Variable operator*(const Variable& a, const Variable& b);
DESCENT_API Variable operator/(const Variable& a, const Variable& b);
DESCENT_API Variable operator+(const Variable& a, double b);
DESCENT_API Variable operator-(const Variable& a, double b);
DESCENT_API Variable operator*(const Variable& a, double b);
DESCENT_API Variable operator/(const Variable& a, double b);
DESCENT_API Variable operator+(double a, const Variable& b);
DESCENT_API Variable operator-(double a, const Variable& b);
DESCENT_API Variable operator*(double a, const Variable& b);
DESCENT_API Variable operator/(double a, const Variable& b);
DESCENT_API Variable operator-(const Variable& a);

// --- element-wise, of one ----------------------------------------------------------------------------------
DESCENT_API Variable exp(const Variable& x);
/// The natural logarithm.
DESCENT_API Variable log(const Variable& x);
DESCENT_API Variable sqrt(const Variable& x);
DESCENT_API Variable square(const Variable& x);
DESCENT_API Variable pow(const Variable& x, double exponent);
/// The gradient at 0 is 0.
DESCENT_API Variable abs(const Variable& x);
/// sin and cos: for toy problems.
DESCENT_API Variable sin(const Variable& x);
DESCENT_API Variable cos(const Variable& x);
DESCENT_API Variable tanh(const Variable& x);
DESCENT_API Variable sigmoid(const Variable& x);
/// log(1 + e^x), exact for large |x|.
DESCENT_API Variable softplus(const Variable& x);
DESCENT_API Variable relu(const Variable& x);
DESCENT_API Variable leaky_relu(const Variable& x, double slope = 0.01);
/// x, or scale·(e^x − 1) below 0. Clevert et al., Fast and Accurate Deep Network Learning by ELUs, 2016.
DESCENT_API Variable elu(const Variable& x, double scale = 1.0);
/// x·Φ(x), exact (erf). Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
DESCENT_API Variable gelu(const Variable& x);
/// x·σ(x). Elfwing et al., Sigmoid-Weighted Linear Units for Neural Network Function Approximation, 2018.
DESCENT_API Variable silu(const Variable& x);
/// min(max(x, low), high); the gradient is 0 where it is cut.
DESCENT_API Variable clamp(const Variable& x, double low, double high);

// --- sums and shapes ---------------------------------------------------------------------------------------
/// All elements: rank 0.
DESCENT_API Variable sum(const Variable& x);
DESCENT_API Variable mean(const Variable& x);
/// Over everything but the first dimension: (batch, …) -> (batch).
DESCENT_API Variable sum_features(const Variable& x);
/// Over the first dimension: (batch, …) -> (…).
DESCENT_API Variable sum_batch(const Variable& x);
/// Over whatever dimensions broadcasting `shape` to x's shape would repeat.
DESCENT_API Variable sum_to(const Variable& x, const Shape& shape);
DESCENT_API Variable broadcast_to(const Variable& x, const Shape& shape);
DESCENT_API Variable reshape(const Variable& x, const Shape& shape);
/// (batch, n) and (batch, m) -> (batch, n + m).
DESCENT_API Variable concatenate_features(const Variable& a, const Variable& b);
/// Columns `begin` up to `end` of (batch, features).
DESCENT_API Variable slice_features(const Variable& x, std::int64_t begin, std::int64_t end);
/// (…, n) and (…, m) -> (…, n + m): features, or the channels of images.
DESCENT_API Variable concatenate_last(const Variable& a, const Variable& b);
/// Elements `begin` up to `end` of the last dimension of (…, last).
DESCENT_API Variable slice_last(const Variable& x, std::int64_t begin, std::int64_t end);
/// (n, …) and (m, …) -> (n + m, …).
DESCENT_API Variable concatenate_batch(const Variable& a, const Variable& b);
/// Rows `begin` up to `end`.
DESCENT_API Variable slice_batch(const Variable& x, std::int64_t begin, std::int64_t end);
/// Each row `count` times in a row: (rows, …) -> (rows·count, …).
DESCENT_API Variable repeat_rows(const Variable& x, std::int64_t count);
/// The sums of `count` consecutive rows: (rows·count, …) -> (rows, …).
DESCENT_API Variable sum_row_groups(const Variable& x, std::int64_t count);

// --- choices, through which gradients flow to what was chosen ----------------------------------------------
/// Rows of a table: table (classes, …), index (batch) of whole numbers; (batch, …). Throws Error when an index is
/// outside.
DESCENT_API Variable embedding(const Variable& table, const Tensor& index);
/// The k largest numbers along the last dimension, the largest first and of equal ones the first: (…, n) -> (…, k), k
/// from 1 to n. Of a vector (batch) it is what top-k training keeps of the logits: Sinha et al., Top-k Training of
/// GANs, 2020.
DESCENT_API Variable top_k(const Variable& x, std::int64_t k);
/// The largest number along the last dimension, of equal ones the first: (…, n) -> (…).
DESCENT_API Variable max_last(const Variable& x);

// --- products ----------------------------------------------------------------------------------------------
/// a (m, k), or (k, m) when transposed, times b (k, n), or (n, k): (m, n).
DESCENT_API Variable matmul(const Variable& a, const Variable& b, bool transpose_a = false,
                            bool transpose_b = false);

/// The products of a batch of matrices: a (batch, m, k), or (batch, k, m) when transposed, times b (batch, k, n), or
/// (batch, n, k): (batch, m, n).
DESCENT_API Variable batched_matmul(const Variable& a, const Variable& b, bool transpose_a = false,
                                    bool transpose_b = false);

/// activation(x·weight + bias) in one op: x (batch, inputs), weight (inputs, outputs), bias (outputs) or
/// undefined; (batch, outputs). `slope` is leaky_relu's slope and elu's scale, at least 0.
DESCENT_API Variable dense(const Variable& x, const Variable& weight, const Variable& bias,
                           Activation activation = Activation::none, double slope = 0.01);

// --- convolutions of images (batch, height, width, channels) ------------------------------------------------
/// activation(y + bias), y[n, i, j, o] = Σ x[n, i·stride + p·dilation − before, …, c]·weight[p, q, c, o]:
/// x (batch, height, width, inputs), weight (kernel height, kernel width, inputs, outputs), bias (outputs) or
/// undefined; (batch, height, width, outputs) as windows.places() says. `slope` as in dense().
DESCENT_API Variable conv2d(const Variable& x, const Variable& weight, const Variable& bias,
                            const Windows2d& windows, Activation activation = Activation::none,
                            double slope = 0.01);
/// activation(y + bias), y[n, i·stride + p·dilation − before, …, o] += x[n, i, j, c]·weight[p, q, c, o]: what spreads
/// each place of x (batch, height, width, inputs) over a window of the result, an image of `size`. weight and bias as
/// in conv2d(). windows.places(size) must be x's height and width. Zeiler et al., Deconvolutional Networks, 2010.
DESCENT_API Variable conv_transpose2d(const Variable& x, const Variable& weight, const Variable& bias,
                                      const Windows2d& windows, const Extents2d& size,
                                      Activation activation = Activation::none, double slope = 0.01);
/// The gradients of Σ gradient·conv2d(x, weight): with respect to x, an image of `size`, and to the weight, of
/// windows.kernel. gradient (batch, height, width, outputs) of the result.
DESCENT_API Variable conv2d_input_gradient(const Variable& gradient, const Variable& weight,
                                           const Windows2d& windows, const Extents2d& size);
DESCENT_API Variable conv2d_weight_gradient(const Variable& x, const Variable& gradient,
                                            const Windows2d& windows);

// --- pooling and resampling of images (batch, height, width, channels) --------------------------------------
/// The largest number, or the mean, of each window and channel; zeros around the image are not counted. No padding may
/// be as large as the kernel. The gradient of a maximum goes to the first of equal ones.
DESCENT_API Variable max_pool2d(const Variable& x, const Windows2d& windows);
DESCENT_API Variable average_pool2d(const Variable& x, const Windows2d& windows);
enum class Resampling { nearest, bilinear };
/// An image `factor` times as high and wide. Bilinear with the corners of pixels aligned: the center of pixel i of the
/// result is at (i + ½)/factor − ½ of the image, and what is outside of it counts as its edge.
DESCENT_API Variable upsample2d(const Variable& x, const Extents2d& factor, Resampling resampling);
/// (batch, height, width, block²·channels) -> (batch, block·height, block·width, channels): channel (a·block + b)·channels + c
/// becomes row a, column b of a block. Shi et al., Real-Time Single Image and Video Super-Resolution Using an Efficient
/// Sub-Pixel Convolutional Neural Network, 2016, equation 4, with channels last.
DESCENT_API Variable depth_to_space(const Variable& x, std::int64_t block);

// --- normalization -----------------------------------------------------------------------------------------
struct BatchNormalized {
  Variable result;  ///< (batch, …, channels)
  Tensor mean;      ///< (channels): over all other dimensions
  Tensor variance;  ///< (channels): biased, divided by the number of elements
};
/// scale·(x − mean)/√(variance + ε) + shift, with the batch's own statistics: x (batch, …, channels), scale
/// and shift (channels). Ioffe and Szegedy, Batch Normalization, 2015, algorithm 1.
DESCENT_API BatchNormalized batch_normalize(const Variable& x, const Variable& scale, const Variable& shift,
                                            double epsilon = 1e-5);
/// scale·(x − mean)/√(variance + ε) + shift, by the biased statistics of each example's groups of channels: x (batch,
/// …, channels), of which the channels divide into `groups` equal parts, scale and shift (channels) or both
/// undefined for 1 and 0. One group is layer normalization, as many as channels are instance normalization. Wu and
/// He, Group Normalization, 2018, equations 1 and 2.
DESCENT_API Variable group_normalize(const Variable& x, const Variable& scale, const Variable& shift,
                                     std::int64_t groups, double epsilon = 1e-5);

// --- images (batch, height, width, channels); offsets and corners are (batch, 2): rows, then columns ----------
/// Mirrors left and right the images whose number in `mask` (batch) is not 0.
DESCENT_API Variable flip(const Variable& x, const Tensor& mask);
/// Moves each image by its offsets, down and to the right where they are positive; zeros come in.
DESCENT_API Variable translate(const Variable& x, const Tensor& offsets);
/// `height` rows and `width` columns of each image, from its corner on; what lies outside of the image is zero.
DESCENT_API Variable crop(const Variable& x, const Tensor& corners, std::int64_t height, std::int64_t width);
/// Adds borders of zeros, or of the image's reflection at its outermost rows and columns, which are not repeated; such
/// borders are smaller than the image.
DESCENT_API Variable zero_pad(const Variable& x, const ImageBorders& borders);
DESCENT_API Variable reflect_pad(const Variable& x, const ImageBorders& borders);
/// Zeroes in each image `height` rows and `width` columns from its corner on, which may lie outside. DeVries and
/// Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017.
DESCENT_API Variable cutout(const Variable& x, const Tensor& corners, std::int64_t height,
                            std::int64_t width);

// --- likelihoods -------------------------------------------------------------------------------------------
/// −t·log σ(x) − (1 − t)·log(1 − σ(x)), element by element, exact for large |x|; targets in [0, 1].
DESCENT_API Variable bce_with_logits(const Variable& logits, const Variable& targets);
/// log softmax over the features of (batch, classes).
DESCENT_API Variable log_softmax(const Variable& logits);
/// log Σ e^x over the last dimension, exact for large |x|: (…, n) -> (…), n at least 1.
DESCENT_API Variable log_sum_exp(const Variable& x);
/// Element `index[i]` of row i: x (batch, classes), index (batch) of whole numbers; (batch). Throws Error
/// when an index is outside.
DESCENT_API Variable pick(const Variable& x, const Tensor& index);

// --- indicators: constants, through which no gradient flows ------------------------------------------------
/// 1 where x > 0, else 0.
DESCENT_API Variable positive(const Variable& x);
/// Whole numbers (batch) -> (batch, classes), 1 in each row's own column. Throws Error when one is outside.
DESCENT_API Variable one_hot(const Tensor& index, std::int64_t classes);
/// The column of each row's largest element, the first of equal ones: (batch, classes) -> (batch).
DESCENT_API Variable argmax(const Variable& x);

}  // namespace descent
