#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What writer and reader of a journal agree on. Internal.
namespace descent::runlog::journal {

inline constexpr std::string_view signature = "descent.journal1";
enum Kind : std::uint32_t { declaration = 1, rows = 2, snapshot = 3 };
inline constexpr std::size_t head_bytes = 12, checksum_at = 8;

}  // namespace descent::runlog::journal
