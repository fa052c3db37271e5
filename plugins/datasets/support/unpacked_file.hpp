#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace descent {

/// How many bytes a file's first bytes announce in all; nothing while there are too few of them to tell.
using PromisedSize = std::function<std::optional<std::uint64_t>(std::string_view begin)>;

/// All bytes of a file, unpacked where it is gzipped (of one member or several; its first bytes tell). Throws Error, naming
/// the file, when it cannot be read, is empty, damaged or cut short. What follows the last member is ignored, as by gzip.
/// A file that goes on after the size that it promises is refused before the rest is unpacked.
std::string read_unpacked(const std::filesystem::path& file, const PromisedSize& promised = {});

}  // namespace descent
