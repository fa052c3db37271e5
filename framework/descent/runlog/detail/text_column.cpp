#include "descent/runlog/detail/text_column.hpp"

#include "descent/base/checksum.hpp"
#include "descent/runlog/detail/heap_bytes.hpp"

namespace descent::runlog::hdf5 {

namespace {

Handle variable_text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "describe a text");
  check(H5Tset_size(type, H5T_VARIABLE), "describe a text");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "describe a text");
  return type;
}

std::uint32_t checksum_of(std::string_view text, std::uint32_t before) {
  constexpr std::byte zero{0};
  return crc32c({&zero, 1}, crc32c(std::as_bytes(std::span(text)), before));
}

Failure not_found(const std::string& what) {
  return {"read a column of texts", what};
}

}  // namespace

Handle write_text_column(hid_t group, const std::string& name, const std::vector<std::string>& texts) {
  const Handle type = variable_text_type();
  const hsize_t size = texts.size();
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose, "describe " + name);
  Handle dataset(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                 H5Dclose, "create " + name);
  std::vector<const char*> pointers;
  std::uint32_t checksum = 0;
  for (const std::string& text : texts) {
    pointers.push_back(text.c_str());
    checksum = checksum_of(text.c_str(), checksum);
  }
  if (!texts.empty())
    check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "write " + name);
  write_attribute(dataset, "crc32c", Value::of(static_cast<std::int64_t>(checksum)));
  return dataset;
}

bool is_text_column(hid_t group, const std::string& name) {
  const Handle dataset = open_any_dataset(group, name);
  const Handle type(H5Dget_type(dataset), H5Tclose, "learn what " + name + " holds");
  return H5Tis_variable_str(type) > 0;
}

bool text_column_has_its_checksum(hid_t file, hid_t group, const std::string& name) {
  constexpr std::size_t element = 16;  // a length, the address of a collection, an index in it
  const Handle dataset = open_any_dataset(group, name);
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "learn how " + name + " is stored");
  const std::vector<std::int64_t> shape = extents(dataset);
  if (H5Pget_layout(creation) != H5D_CONTIGUOUS || H5Pget_external_count(creation) != 0 || shape.size() != 1)
    throw not_found("it is stored as none of ours is");
  const FileBytes bytes(file);
  const auto count = static_cast<std::uint64_t>(shape.front());
  const haddr_t address = H5Dget_offset(dataset);
  if (count > bytes.size() / element || (count > 0 && address == HADDR_UNDEF))
    throw not_found("it announces more texts than its file can hold");
  const std::string places = count > 0 ? bytes.read(address, count * element) : "";
  GlobalHeap heap(bytes);
  std::uint32_t checksum = 0;
  std::uint64_t left = bytes.size();  // no two of our texts are at one place
  for (std::size_t at = 0; at < places.size(); at += element) {
    const auto length = number_at<std::uint32_t>(places, at);
    std::string_view text;
    if (length > 0)
      text = heap.object(number_at<std::uint64_t>(places, at + 4), number_at<std::uint32_t>(places, at + 12));
    if (text.size() != length || length > left) throw not_found("a text has another length than it should");
    left -= length;
    checksum = checksum_of(text, checksum);
  }
  return read_attribute(dataset, "crc32c") == Value::of(static_cast<std::int64_t>(checksum));
}

}  // namespace descent::runlog::hdf5
