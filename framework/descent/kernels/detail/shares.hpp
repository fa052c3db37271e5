#pragma once

#include "descent/base/parallel.hpp"

/// How the kernels of this room share their work among threads.
namespace descent::kernels {

/// share_out() for the numbers of tensors, element by element: calls work(begin, count). Parts begin where vectors and
/// the pieces of in_pieces() begin, so that every number is computed as by a single thread.
template <class Work>
void share_elements(std::int64_t size, Work&& work) {
  share_out(size, 1, 512, [&](std::int64_t begin, std::int64_t end) { work(begin, end - begin); });
}

/// share_out() for rows of `width` numbers: calls work(begin, end).
template <class Work>
void share_rows(std::int64_t rows, std::int64_t width, Work&& work) {
  share_out(rows, width, 1, work);
}

}  // namespace descent::kernels
