#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace descent::fuzz {

/// Changes a whole HDF5 file by HDF5's own functions, as `bytes` say: removes and replaces data sets by ones of other types, ranks and
/// sizes, changes attributes, makes links that lead in circles or out of the file, and rights checksums. What comes of it is a
/// file that HDF5 reads without complaint and that holds what no writer of ours writes. Mutated bytes hardly get there,
/// since HDF5 keeps a checksum of each of its own records.
void edit_hdf5(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace descent::fuzz
