#include "descent/plugin/data.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent {

const char* split_name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  return "";
}

static std::size_t field_index(const Fields& fields, std::string_view name) {
  const auto field =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  if (field != fields.end()) return static_cast<std::size_t>(field - fields.begin());
  std::vector<std::string> names;
  for (const Field& f : fields) names.push_back(f.name);
  throw Error(names.empty() ? fmt::format("there is no data set, and so no field '{}'", name)
                            : fmt::format("the data set has no field '{}'{}", name, suggestion(name, names)));
}

const Field& find_field(const Fields& fields, std::string_view name) {
  return fields[field_index(fields, name)];
}

Batch::Batch(const Fields& fields, std::int64_t capacity)
    : fields_(fields), size_(capacity), capacity_(capacity) {
  for (const Field& field : fields) {
    memory_.push_back(Tensor::zeros(field.shape.batch(capacity)));
    variables_.emplace_back(memory_.back());
  }
  full_ = variables_;
}

void Batch::resize(std::int64_t size) {
  DESCENT_ASSERT(0 <= size && size <= capacity_, "a batch holds no more examples than its capacity");
  if (size == size_) return;
  size_ = size;
  for (std::size_t i = 0; i < variables_.size(); ++i)
    variables_[i] = size == capacity_ ? full_[i] : Variable(memory_[i].row_range(0, size));
}

bool Batch::has(std::string_view field) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == field; });
}

std::size_t Batch::index(std::string_view field) const {
  return field_index(fields_, field);
}

const Variable& Batch::operator[](std::string_view field) const {
  return variables_[index(field)];
}

Values Batch::values(const std::vector<std::string>& fields) const {
  Values values;
  for (const std::string& field : fields) values.append((*this)[field]);
  return values;
}

Tensor Batch::rows(std::string_view field) {
  return memory_[index(field)].row_range(0, size_);
}

}  // namespace descent
