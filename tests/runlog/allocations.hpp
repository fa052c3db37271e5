#pragma once

#include <cstdint>

namespace descent {

/// How often this thread has called operator new.
std::int64_t allocations_of_this_thread();

}  // namespace descent
