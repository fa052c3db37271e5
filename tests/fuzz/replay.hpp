#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace descent::fuzz {

/// A fuzz target: its name, which is that of its folder of inputs, and its function.
struct Target {
  const char* name;
  int (*play)(const std::uint8_t* data, std::size_t size);
};

/// All of this build; written by CMake.
std::span<const Target> targets();

}  // namespace descent::fuzz
