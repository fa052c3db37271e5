#pragma once

#include <atomic>

#include "descent/conformance/suite.hpp"

namespace descent::program {

/// Keeps some memory back. When none is left for the first time, that is given to whoever asks, so that a run can end in
/// order: libraries as HDF5 and oneDNN end the process, or crash, where they get none.
void reserve_memory();
/// Whether it was given. There is nothing to be had after it.
const std::atomic<bool>& memory_has_run_out();

/// Counts what this process takes from the heap while some work is done: every malloc and new of the program,
/// of libdescent and of plugins, but not what oneDNN and its OpenMP runtime take for themselves. Empty where
/// a sanitizer has an allocator of its own.
conformance::CountAllocations heap_counter();

}  // namespace descent::program
