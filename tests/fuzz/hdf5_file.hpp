#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>

#include "fuzz/target.hpp"

namespace descent::fuzz {

/// Writes the HDF5 file of an input: where the first byte is even, the rest of the input is the file; where it is odd, the rest are edits
/// (edit_hdf5()) of the whole file that `make` writes, once. Nothing where the input is empty.
bool write_hdf5(Files& files, const std::string& name, const std::uint8_t* data, std::size_t size,
                const std::function<void(const std::filesystem::path& file)>& make);

}  // namespace descent::fuzz
