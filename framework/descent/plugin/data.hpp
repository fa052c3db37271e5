#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "descent/autograd/values.hpp"
#include "descent/autograd/variable.hpp"
#include "descent/base/api.hpp"

namespace descent {

enum class Split { train, validation, test };
DESCENT_API const char* split_name(Split split);

/// One named array of every example.
struct Field {
  std::string name;
  /// Of one example: `(2)`, `(height, width, channels)` for images, `()` for a label.
  Shape shape = {};
  /// The range its numbers lie in; equal ends: unknown.
  double low = 0;
  double high = 0;
  /// More than 0: the numbers are class indices from 0 up to this.
  std::int64_t classes = 0;
  /// Whether each example is an image: (height, width, channels).
  bool image = false;
};
using Fields = std::vector<Field>;

/// The field of this name; throws Error naming those there are.
DESCENT_API const Field& find_field(const Fields& fields, std::string_view name);

/// Examples side by side: one tensor `(batch, …)` for each field, in memory that the host owns and uses
/// again.
class DESCENT_API Batch {
 public:
  Batch() = default;
  Batch(const Fields& fields, std::int64_t capacity);

  /// How many examples it holds now.
  std::int64_t size() const { return size_; }
  std::int64_t capacity() const { return capacity_; }
  /// Sets how many examples it holds, up to its capacity; takes nothing from the heap.
  void resize(std::int64_t size);
  bool has(std::string_view field) const;
  /// The field as a constant `(batch, …)`; throws Error naming those there are.
  const Variable& operator[](std::string_view field) const;
  /// These fields side by side; throws Error naming those there are.
  Values values(const std::vector<std::string>& fields) const;
  /// The memory to fill: `(batch, …)`.
  Tensor rows(std::string_view field);
  const Fields& fields() const { return fields_; }

 private:
  std::size_t index(std::string_view field) const;

  Fields fields_;
  std::vector<Tensor> memory_;
  std::vector<Variable> variables_;
  std::vector<Variable> full_;  // the variables at full capacity, kept so that most batches make none anew
  std::int64_t size_ = 0;
  std::int64_t capacity_ = 0;
};

}  // namespace descent
