#include "array_labels.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

namespace {

std::string text_of(double number) {
  return number == std::floor(number) && std::abs(number) < 1e15
             ? std::to_string(static_cast<std::int64_t>(number))
             : number_text(number);
}

}  // namespace

std::int64_t largest_label(const StoredArray& array, const std::string& field, std::int64_t classes) {
  // A class that float cannot count would be read as another one.
  constexpr std::int64_t most_classes = 1 << 24;
  constexpr std::int64_t at_once = 1 << 16;
  const std::int64_t limit = classes > 0 ? classes : most_classes;
  const std::size_t size = element_size(array.element);
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min(at_once, array.rows())) * size);
  std::vector<double> numbers(bytes.size() / size);
  double largest = 0;
  for (std::int64_t begin = 0; begin < array.rows(); begin += at_once) {
    const std::int64_t count = std::min(at_once, array.rows() - begin);
    array.read(begin, count, bytes.data());
    convert_elements(array.element, bytes.data(), static_cast<std::size_t>(count), numbers.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const double label = numbers[static_cast<std::size_t>(i)];
      if (!(label >= 0 && label < static_cast<double>(limit) && label == std::floor(label)))
        throw Error("the label '" + field + "' of row " + std::to_string(begin + i) + " (from 0) of " +
                    array.title + " is " + text_of(label) + "; labels are whole numbers from 0 to " +
                    std::to_string(limit - 1) +
                    (classes > 0 ? ", since 'classes' is " + std::to_string(classes) : ""));
      largest = std::max(largest, label);
    }
  }
  return static_cast<std::int64_t>(largest);
}

}  // namespace descent
