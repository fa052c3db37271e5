#include "descent/runlog/detail/plugin_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace descent::runlog::hdf5 {

static constexpr std::array<std::pair<const char*, std::string PluginRow::*>, 5> members = {
    {{"kind", &PluginRow::kind},
     {"name", &PluginRow::name},
     {"version", &PluginRow::version},
     {"path", &PluginRow::path},
     {"sha256", &PluginRow::sha256}}};

PluginTable::PluginTable(const std::vector<PluginRow>& rows) {
  std::array<std::size_t, members.size()> sizes{};  // with the zero behind the text
  std::size_t row_size = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (const PluginRow& row : rows) sizes[i] = std::max(sizes[i], (row.*members[i].second).size());
    row_size += ++sizes[i];
  }
  type = Handle(H5Tcreate(H5T_COMPOUND, row_size), H5Tclose, "describe the table of plugins");
  bytes.resize(rows.size() * row_size);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [name, member] = members[i];
    check(H5Tinsert(type, name, offset, text_type(sizes[i] - 1)), "describe the table of plugins");
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const std::string& text = rows[row].*member;
      std::copy(text.begin(), text.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(row * row_size + offset));
    }
    offset += sizes[i];
  }
}

std::vector<PluginRow> read_plugin_table(hid_t dataset) {
  const Handle type(H5Dget_type(dataset), H5Tclose, "read the table of plugins");
  const std::size_t row_size = H5Tget_size(type);
  const std::vector<std::int64_t> shape = extents(dataset);
  if (shape.size() != 1) throw Failure("read the table of plugins", "it is no list");
  require_stored(dataset);
  const std::int64_t count = shape.front();
  std::vector<char> bytes(row_size * static_cast<std::size_t>(count));
  read_slab(dataset, type, 0, count, std::as_writable_bytes(std::span(bytes)));
  std::vector<PluginRow> rows(static_cast<std::size_t>(count));
  for (const auto& [name, member] : members) {
    const int index = H5Tget_member_index(type, name);
    check(index, "read the table of plugins");
    const Handle text(H5Tget_member_type(type, static_cast<unsigned>(index)), H5Tclose,
                      "read the table of plugins");
    const std::size_t offset = H5Tget_member_offset(type, static_cast<unsigned>(index)),
                      width = H5Tget_size(text);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const char* begin = bytes.data() + row * row_size + offset;
      rows[row].*member = std::string(begin, std::find(begin, begin + width, '\0'));
    }
  }
  return rows;
}

}  // namespace descent::runlog::hdf5
