#include "descent/kernels/vectorized.hpp"

namespace descent {

double sum_of_squares(const Scalar* numbers, long size) {
  // One stream of reading leaves the memory idle for a third of the time; four places of the array, and
  // asking for what comes next at each, do not. Eigen's sum of casts to double is not vectorized.
  constexpr long streams = 4, lanes = padding_scalars, ahead = 256;
  const long part = size / streams / lanes * lanes;
  double sums[streams][lanes] = {};
  for (long i = 0; i < part; i += lanes) {
    for (long stream = 0; stream < streams; ++stream) {
      const Scalar* const here = numbers + stream * part + i;
      __builtin_prefetch(here + ahead);
      for (long lane = 0; lane < lanes; ++lane) {
        const double number = here[lane];
        sums[stream][lane] += number * number;
      }
    }
  }
  for (long stream = 1; stream < streams; ++stream)
    for (long lane = 0; lane < lanes; ++lane) sums[0][lane] += sums[stream][lane];
  double sum = 0;
  for (const double lane : sums[0]) sum += lane;
  for (long i = streams * part; i < size; ++i) sum += static_cast<double>(numbers[i]) * numbers[i];
  return sum;
}

}  // namespace descent
