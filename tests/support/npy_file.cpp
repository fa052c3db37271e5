#include "support/npy_file.hpp"

namespace descent::testing {

std::filesystem::path write_npy(const ScratchFolder& folder, std::int64_t rows, std::int64_t width,
                                const std::function<float(std::int64_t)>& number) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(width) + "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::string text = "\x93NUMPY" + std::string("\x01\x00", 2) + bytes_of(length) + header;
  for (std::int64_t i = 0; i < rows * width; ++i) text += bytes_of(number(i));
  return folder.write("rows.npy", text);
}

}  // namespace descent::testing
