#include "array_file.hpp"

#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

std::int64_t StoredArray::row_size() const {
  std::int64_t size = 1;
  for (std::size_t d = 1; d < extents.size(); ++d) size *= extents[d];
  return size;
}

std::string StoredArray::description() const {
  std::vector<std::string> texts;
  for (const std::int64_t extent : extents) texts.push_back(std::to_string(extent));
  return std::string(element_name(element)) + " (" + join(texts) + (texts.size() == 1 ? ",)" : ")");
}

ArrayInMemory::ArrayInMemory(std::string its_title, ElementArray array) : bytes_(std::move(array.bytes)) {
  title = std::move(its_title);
  element = array.element;
  extents = std::move(array.extents);
  if (extents.empty()) throw Error(title + " is a single number; an array of examples has one row for each");
}

void ArrayInMemory::read(std::int64_t begin, std::int64_t count, std::byte* out) const {
  const std::uint64_t row = row_bytes();
  std::memcpy(out, bytes_.get() + static_cast<std::uint64_t>(begin) * row,
              static_cast<std::uint64_t>(count) * row);
}

}  // namespace descent
