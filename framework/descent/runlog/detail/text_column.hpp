#pragma once

#include <string>
#include <vector>

#include "descent/runlog/detail/hdf5.hpp"

/// Columns of texts of variable length, UTF-8, as netCDF's library wants them: it reads memory that is not its own where texts have
/// a fixed length. Internal.
namespace descent::runlog::hdf5 {

/// Creates the dataset `[texts]` with its checksum, the CRC-32C of all texts, each with a zero behind it.
Handle write_text_column(hid_t group, const std::string& name, const std::vector<std::string>& texts);

/// Whether a dataset holds texts of variable length.
bool is_text_column(hid_t group, const std::string& name);

/// Whether the texts have their checksum. They are found without HDF5 (heap_bytes.hpp): 1.10.8 writes past the end of its memory where
/// a damaged file says of a text that it is shorter than it is stored. Throws Failure for what is no such column, or cannot be found.
bool text_column_has_its_checksum(hid_t file, hid_t group, const std::string& name);

}  // namespace descent::runlog::hdf5
