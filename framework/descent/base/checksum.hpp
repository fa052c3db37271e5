#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, as in iSCSI, RFC 3720 appendix B.4) of `bytes`; `123456789`
/// gives 0xE3069283. A checksum of several pieces hands the one before it on. Uses the processor's
/// instruction where it has one.
DESCENT_API std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// The same by table, on any processor.
DESCENT_API std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// SHA-256 (FIPS 180-4) of `text`: 64 lower-case hexadecimal digits.
DESCENT_API std::string sha256(std::string_view text);

/// SHA-256 of a file's content; throws Error when it cannot be read.
DESCENT_API std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace descent
