#pragma once

#include "descent/conformance/suite.hpp"

namespace descent::program {

/// Counts what this process takes from the heap while some work is done: every malloc and new of the program,
/// of libdescent and of plugins, but not what oneDNN and its OpenMP runtime take for themselves. Empty where
/// a sanitizer has an allocator of its own.
conformance::CountAllocations heap_counter();

}  // namespace descent::program
