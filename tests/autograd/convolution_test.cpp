#include <catch2/catch.hpp>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/autograd/variable.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using Leaves = std::span<const Variable>;

namespace {

/// The numbers scale·sin(a + b·k + 0.05·k²), k = 0, 1, …
Tensor filled(double a, double b, const Shape& shape, double scale = 1) {
  Tensor tensor = Tensor::empty(shape);
  for (std::int64_t k = 0; k < tensor.size(); ++k) {
    const auto i = static_cast<double>(k);
    tensor.data()[k] = static_cast<Scalar>(scale * std::sin(a + b * i + 0.05 * i * i));
  }
  return tensor;
}

Approx near(double expected, bool second_order = false) {
  const double tolerance = sizeof(Scalar) == 8 ? 1e-7 : second_order ? 1e-3 : 1e-4;
  return Approx(expected).epsilon(tolerance).margin(tolerance);
}

double total(const Tensor& tensor) {
  double sum = 0;
  for (const double value : tensor.to_doubles()) sum += value;
  return sum;
}
double squares(const Tensor& tensor) {
  double sum = 0;
  for (const double value : tensor.to_doubles()) sum += value * value;
  return sum;
}
double last(const Tensor& tensor) {
  return static_cast<double>(tensor.data()[tensor.size() - 1]);
}
double first(const Tensor& tensor) {
  return static_cast<double>(tensor.data()[0]);
}

struct ConvolutionRow {
  const char* name;
  bool transposed;
  Windows2d windows;
  Extents2d size;  // of the result
  double y_first, y_last, y_sum, y_squares, dx_first, dx_sum, penalty, dw_first, dw_squares, db_first,
      dpdw_first, dpdw_squares;
};

Windows2d square_windows(std::int64_t kernel, std::int64_t stride, std::int64_t before, std::int64_t after) {
  return {{kernel, kernel}, {stride, stride}, {1, 1}, {before, before}, {after, after}};
}

// x = sin(1 + .7k + .05k²) (2, 5, 6, 3), W likewise of (2, .3), halved, b of (.4, 1), a quarter. L = Σy², P = Σ(dL/dx)².
// Computed in float64 by naive loops, their derivatives by complex steps, and checked against PyTorch 1.13.
const std::vector<ConvolutionRow> convolution_rows{
    {"conv 3x3 s1 p0",
     false,
     square_windows(3, 1, 0, 0),
     {3, 4},
     -.29266019,
     -.33844186,
     10.205641,
     115.85199,
     .18253739,
     16.21565,
     2056.757,
     9.0051104,
     11156.23,
     8.8299874,
     109.33486,
     11053775},
    {"conv 3x3 s1 p1",
     false,
     square_windows(3, 1, 1, 1),
     {5, 6},
     .31406457,
     -.65640249,
     7.9258275,
     256.65024,
     3.2838788,
     61.457423,
     4812.9058,
     13.656069,
     32282.538,
     27.213,
     264.6976,
     43690842},
    {"conv 3x3 s2 p1",
     false,
     square_windows(3, 2, 1, 1),
     {3, 3},
     .31406457,
     -2.3668938,
     -.10945216,
     78.62024,
     -.30397519,
     17.11494,
     773.21075,
     2.5464658,
     6129.663,
     12.379937,
     80.562116,
     1790774.5},
    // same: five rows need one zero above and one below, six columns one on the right alone.
    {"conv 3x3 s2 same",
     false,
     {{3, 3}, {2, 2}, {1, 1}, {1, 0}, {1, 1}},
     {3, 3},
     -.41976457,
     -.65640249,
     .37652771,
     62.710515,
     .7932588,
     41.816343,
     668.5299,
     7.7995744,
     3701.9098,
     9.2314936,
     153.39959,
     1258438.6},
    {"conv 4x4 s1 same",
     false,
     square_windows(4, 1, 1, 2),
     {5, 6},
     .24816523,
     -1.7608037,
     1.6595168,
     464.26918,
     -3.383476,
     131.90129,
     21014.997,
     1.4564023,
     72003.095,
     32.47114,
     217.16055,
     5.669521e8},
    {"conv 4x4 s2 p1",
     false,
     square_windows(4, 2, 1, 1),
     {2, 3},
     .24816523,
     .62963949,
     6.966988,
     96.632007,
     -.63197327,
     9.1197154,
     1951.065,
     -1.5814003,
     10953.401,
     1.6639575,
     65.795841,
     10952509},
    {"conv 2x3 s3 p before 1, after 2",
     false,
     {{2, 3}, {3, 3}, {1, 1}, {1, 1}, {2, 2}},
     {3, 3},
     .39307077,
     -.16265628,
     1.2022838,
     21.034616,
     -.39228923,
     3.6880789,
     140.31322,
     -.72437183,
     603.32376,
     -.9152206,
     -14.573056,
     91411.774},
    {"convT 3x3 s1 p0",
     true,
     square_windows(3, 1, 0, 0),
     {7, 8},
     .35706874,
     -.39585332,
     32.269892,
     337.06126,
     1.8409919,
     138.75985,
     7297.2197,
     21.20055,
     45570.016,
     43.748661,
     783.73088,
     90798550},
    {"convT 3x3 s2 p1",
     true,
     square_windows(3, 2, 1, 1),
     {9, 11},
     .31762791,
     -.18354656,
     55.064273,
     271.54155,
     1.1882743,
     129.62995,
     4206.2845,
     34.718379,
     24024.365,
     46.97743,
     1142.0672,
     27709656},
    {"convT 3x3 s2 same",
     true,
     square_windows(3, 2, 0, 1),
     {10, 12},
     .35706874,
     -.18354656,
     71.856001,
     322.09031,
     4.007243,
     141.45492,
     5447.2558,
     46.638852,
     32059.271,
     58.996528,
     1675.3273,
     45329123},
    {"convT 4x4 s2 p1",
     true,
     square_windows(4, 2, 1, 1),
     {10, 12},
     -.16840475,
     -.56965442,
     42.23919,
     569.88063,
     11.079295,
     170.39909,
     16809.857,
     11.03555,
     66563.318,
     63.228114,
     890.27594,
     2.5837099e8},
    {"convT 4x4 s1 same",
     true,
     square_windows(4, 1, 1, 2),
     {5, 6},
     -.63908829,
     .96791395,
     -8.163945,
     434.7274,
     15.531798,
     188.54979,
     17350.657,
     1.1182554,
     64912.936,
     10.912295,
     61.351324,
     3.9554647e8},
};

Variable apply(const ConvolutionRow& row, const Variable& x, const Variable& w, const Variable& b) {
  return row.transposed ? conv_transpose2d(x, w, b, row.windows, row.size) : conv2d(x, w, b, row.windows);
}

}  // namespace

TEST_CASE("convolutions and their first and second derivatives have the published definitions' values") {
  for (const ConvolutionRow& row : convolution_rows) {
    CAPTURE(row.name);
    const auto [kernel_height, kernel_width] = row.windows.kernel;
    const Variable x = Variable::leaf(filled(1, .7, {2, 5, 6, 3})),
                   w = Variable::leaf(filled(2, .3, {kernel_height, kernel_width, 3, 4}, .5)),
                   b = Variable::leaf(filled(.4, 1, {4}, .25));
    const Variable y = apply(row, x, w, b);
    REQUIRE(y.shape() == (Shape{2, row.size[0], row.size[1], 4}));
    CHECK(first(y.value()) == near(row.y_first));
    CHECK(last(y.value()) == near(row.y_last));
    CHECK(total(y.value()) == near(row.y_sum));
    CHECK(squares(y.value()) == near(row.y_squares));
    const std::array<Variable, 3> leaves{x, w, b};
    const Variables gradients = grad(sum(square(y)), leaves, {.create_graph = true});
    CHECK(first(gradients[0].value()) == near(row.dx_first));
    CHECK(total(gradients[0].value()) == near(row.dx_sum));
    CHECK(first(gradients[1].value()) == near(row.dw_first));
    CHECK(squares(gradients[1].value()) == near(row.dw_squares));
    CHECK(first(gradients[2].value()) == near(row.db_first));
    const Variable penalty = sum(square(gradients[0]));
    CHECK(penalty.value().item() == near(row.penalty));
    const std::array<Variable, 1> weights{w};
    const Variables second = grad(penalty, weights);
    CHECK(first(second[0].value()) == near(row.dpdw_first, true));
    CHECK(squares(second[0].value()) == near(row.dpdw_squares, true));
  }
}

TEST_CASE("the gradients of convolutions are those that differences show, to second order") {
  for (const ConvolutionRow& row : convolution_rows)
    for (const Activation activation : {Activation::none, Activation::leaky_relu, Activation::tanh}) {
      CAPTURE(row.name, static_cast<int>(activation));
      const auto [kernel_height, kernel_width] = row.windows.kernel;
      const auto function = [&](Leaves v) {
        return row.transposed ? conv_transpose2d(v[0], v[1], v[2], row.windows, row.size, activation, 0.2)
                              : conv2d(v[0], v[1], v[2], row.windows, activation, 0.2);
      };
      CHECK(gradient_mismatch(function, {random_tensor({2, 5, 6, 3}, -1, 1, "x"),
                                         random_tensor({kernel_height, kernel_width, 3, 4}, -1, 1, "weight"),
                                         random_tensor({4}, -1, 1, "bias")}) == "");
    }
}

TEST_CASE("the products of a convolution are closed: each one's gradients are the other two") {
  const Windows2d windows{{3, 2}, {2, 1}, {1, 2}, {1, 0}, {0, 2}};
  const Shape x{2, 5, 4, 3}, w{3, 2, 3, 4};
  const Extents2d places = windows.places({5, 4});
  const Shape y{2, places[0], places[1], 4};
  CHECK(gradient_mismatch(
            [&](Leaves v) {
              return conv2d_input_gradient(v[0], v[1], windows, {5, 4});
            },
            {random_tensor(y, -1, 1, "y"), random_tensor(w, -1, 1, "w")}) == "");
  CHECK(gradient_mismatch([&](Leaves v) { return conv2d_weight_gradient(v[0], v[1], windows); },
                          {random_tensor(x, -1, 1, "x"), random_tensor(y, -1, 1, "y")}) == "");
}

namespace {

struct PoolingRow {
  const char* name;
  Variable (*function)(const Variable& x);
  double y_first, y_last, y_sum, y_squares, dx_first, penalty, q_first, q_sum;
};

const Windows2d twos{{2, 2}, {2, 2}}, threes{{3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}},
    whole_image{{5, 6}, {1, 1}};

// The same x; L = Σy³, P = Σ(dL/dx)², Q = dP/dx. Sources as above.
const std::vector<PoolingRow> pooling_rows{
    {"max 2 s2", [](const Variable& x) { return max_pool2d(x, twos); }, .841470985, .734616626, 27.9528456,
     24.3034491, 2.12422026, 174.27002, 21.4496365, 774.031699},
    {"mean 2 s2", [](const Variable& x) { return average_pool2d(x, twos); }, -.125948198, -.169215715,
     2.56922377, 4.38051582, .0118972114, 3.7538043, -.004495297, 13.2973676},
    {"mean 3 s2 p1, padding not counted", [](const Variable& x) { return average_pool2d(x, threes); },
     -.125948198, .239349475, 4.33773539, 5.0424635, .0118972114, 3.33313072, -.00478829055, 12.3903403},
    {"global mean", [](const Variable& x) { return average_pool2d(x, whole_image); }, -.0371416051,
     -.0221525982, .433620535, .13008658, .000137949883, .00430453339, -2.04947204e-6, .0502255264},
    {"nearest x2",
     [](const Variable& x) {
       return upsample2d(x, {2, 2}, Resampling::nearest);
     },
     .841470985, .456484983, 52.0344642, 344.079446, 8.49688102, 8963.34415, 343.194184, 4681.36637},
};

}  // namespace

TEST_CASE("pooling and upsampling have the published definitions' values") {
  for (const PoolingRow& row : pooling_rows) {
    CAPTURE(row.name);
    const Variable x = Variable::leaf(filled(1, .7, {2, 5, 6, 3}));
    const Variable y = row.function(x);
    CHECK(first(y.value()) == near(row.y_first));
    CHECK(last(y.value()) == near(row.y_last));
    CHECK(total(y.value()) == near(row.y_sum));
    CHECK(squares(y.value()) == near(row.y_squares));
    const std::array<Variable, 1> leaves{x};
    const Variables gradients = grad(sum(pow(y, 3)), leaves, {.create_graph = true});
    CHECK(first(gradients[0].value()) == near(row.dx_first));
    const Variable penalty = sum(square(gradients[0]));
    CHECK(penalty.value().item() == near(row.penalty));
    const Variables second = grad(penalty, leaves);
    CHECK(first(second[0].value()) == near(row.q_first, true));
    CHECK(total(second[0].value()) == near(row.q_sum, true));
  }
}

TEST_CASE("pooling and resampling have the gradients that differences show") {
  const std::vector<std::pair<const char*, std::function<Variable(const Variable&)>>> functions{
      {"max",
       [](const Variable& x) {
         return max_pool2d(x, {{2, 3}, {2, 1}, {1, 1}, {1, 0}, {0, 1}});
       }},
      {"average",
       [](const Variable& x) {
         return average_pool2d(x, {{2, 3}, {2, 1}, {1, 1}, {1, 0}, {0, 1}});
       }},
      {"nearest",
       [](const Variable& x) {
         return upsample2d(x, {2, 3}, Resampling::nearest);
       }},
      {"bilinear",
       [](const Variable& x) {
         return upsample2d(x, {2, 3}, Resampling::bilinear);
       }},
      {"depth to space", [](const Variable& x) { return depth_to_space(x, 2); }},
  };
  for (const auto& [name, function] : functions) {
    CAPTURE(name);
    CHECK(gradient_mismatch([&f = function](Leaves v) { return square(f(v[0])); },
                            {random_tensor({2, 4, 3, 4}, -1, 1)}) == "");
  }
}

TEST_CASE("bilinear upsampling interpolates between the centers of pixels") {
  // Pixel i of the result is at (i + ½)/2 − ½: PyTorch 1.13's interpolate(mode="bilinear", align_corners=False).
  const Variable x = Tensor::of({1, 1, 3, 1}, {0, 4, 8});
  CHECK(upsample2d(x, {1, 2}, Resampling::bilinear).value().to_doubles() ==
        std::vector<double>{0, 1, 3, 5, 7, 8});
}

TEST_CASE("depth_to_space puts channel (a·block + b)·channels + c into row a, column b of a block") {
  const Variable x =
      Tensor::of({1, 1, 2, 8}, {0, 1, 10, 11, 100, 101, 110, 111, 2, 3, 12, 13, 102, 103, 112, 113});
  const Variable y = depth_to_space(x, 2);
  CHECK(y.shape() == (Shape{1, 2, 4, 2}));
  CHECK(y.value().to_doubles() ==
        std::vector<double>{0, 1, 10, 11, 2, 3, 12, 13, 100, 101, 110, 111, 102, 103, 112, 113});
}

TEST_CASE("a maximum's gradient goes to the first of equal numbers, and NaN is the largest") {
  const Variable x = Variable::leaf(Tensor::of({1, 2, 2, 1}, {1, 3, 3, 2}));
  const std::array<Variable, 1> leaves{x};
  CHECK(grad(sum(max_pool2d(x, twos)), leaves)[0].value().to_doubles() == std::vector<double>{0, 1, 0, 0});
  const Variable with_nan = Tensor::of({1, 2, 2, 1}, {1, std::nan(""), 5, 2});
  CHECK(std::isnan(max_pool2d(with_nan, twos).value().item()));
}

TEST_CASE("ops on images say which shapes do not fit") {
  const Variable x = Tensor::zeros({2, 5, 6, 3}), w = Tensor::zeros({3, 3, 2, 4});
  CHECK_THROWS_WITH(conv2d(x, w, {}, {.kernel = {3, 3}}),
                    Catch::Contains("(2, 5, 6, 3)") && Catch::Contains("(3, 3, 2, 4)"));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({2, 2, 2, 2}), w, {}, {.kernel = {3, 3}}),
                    Catch::Contains("larger than the padded input"));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({2, 5, 5, 2}), w, Tensor::zeros({3}), {.kernel = {3, 3}}),
                    Catch::Contains("bias"));
  CHECK_THROWS_WITH(max_pool2d(x, {.kernel = {7, 7}}), Catch::Contains("larger than the padded input"));
  CHECK_THROWS_WITH(max_pool2d(x, {.kernel = {2, 2}, .before = {2, 0}}),
                    Catch::Contains("nothing but padding"));
  CHECK_THROWS_WITH(depth_to_space(x, 2), Catch::Contains("no blocks of 2 by 2"));
  CHECK_THROWS_WITH(max_pool2d(Tensor::zeros({2, 5}), twos), Catch::Contains("it needs images"));
}
