#include <algorithm>
#include <array>

#include "descent/runlog/detail/log_file.hpp"

namespace descent::runlog::hdf5 {

namespace {

// A packed chunk is a compromise: larger ones compress a little better, and cost more to read a row of.
constexpr std::int64_t packed_chunk_bytes = 64 << 10;

std::int64_t row_bytes(const Column& column) {
  auto bytes = static_cast<std::int64_t>(H5Tget_size(column.type));
  for (const std::int64_t extent : column.extents) bytes *= extent;
  return bytes;
}

void compress(hid_t creation, unsigned level) {
  check(H5Pset_shuffle(creation), "set up compression");
  check(H5Pset_deflate(creation, level), "set up compression");
}

}  // namespace

std::optional<std::int64_t> Layout::packed_rows(const std::string& path) const {
  if (!packed) return std::nullopt;
  const auto found = packed->find(path);
  return found == packed->end() ? 0 : found->second;
}

Handle create_column(hid_t parent, const std::string& name, const Column& column) {
  const bool grows = column.packed.value_or(0) == 0;  // there is nothing to compress in no rows
  std::array<hsize_t, Shape::max_rank + 1> size{}, most{}, chunk{};
  size[0] = grows ? 0 : static_cast<hsize_t>(*column.packed);
  most[0] = grows ? H5S_UNLIMITED : size[0];
  chunk[0] = static_cast<hsize_t>(column.chunk);
  if (!grows)
    chunk[0] = static_cast<hsize_t>(
        std::clamp(packed_chunk_bytes / row_bytes(column), std::int64_t{1}, *column.packed));
  for (std::size_t i = 0; i < column.extents.size(); ++i)
    size[i + 1] = most[i + 1] = chunk[i + 1] = static_cast<hsize_t>(column.extents[i]);
  const int rank = static_cast<int>(column.extents.size()) + 1;
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "set up " + name);
  check(H5Pset_chunk(creation, rank, chunk.data()), "set up " + name);
  // A snapshot is written whole.
  if (rank > 1 || column.chunk == 1) check(H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER), "set up " + name);
  if (!grows)
    compress(creation, 6);
  else if (column.compress)
    compress(creation, 1);
  const Handle space(H5Screate_simple(rank, size.data(), most.data()), H5Sclose, "set up " + name);
  return {H5Dcreate2(parent, name.c_str(), column.type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
          "create " + name};
}

}  // namespace descent::runlog::hdf5
