#pragma once

#include <filesystem>

#include "descent/runlog/detail/hdf5.hpp"

namespace descent::runlog::hdf5 {

/// A file opened for reading.
struct Reading {
  Handle file;
  bool closed;  ///< by its writer; otherwise it is being written, or its writer was killed
};

/// Opens one of our files, which its attribute `schema` calls `schema`. `what` completes "is no ..." in
/// messages. Throws Error when it is missing, not HDF5, cut short, of another schema, or of a version above
/// `newest`. One that `may_be_cut` is opened although it is shorter than it says.
Reading open_for_reading(const std::filesystem::path& file, const std::string& what,
                         const std::string& schema, std::int64_t newest, bool may_be_cut = false);

}  // namespace descent::runlog::hdf5
