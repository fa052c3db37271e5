#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "descent/base/scalar.hpp"

namespace descent {

/// The classes that the labels of a table stand for: the labels themselves where all are whole numbers from 0, or else the
/// different words in the order of their bytes.
class LabelWords {
 public:
  /// Throws Error, naming the column, where the labels are numbers but not all whole and from 0.
  LabelWords(const std::vector<std::string>& training, const std::vector<std::string>& test,
             const std::string& column);

  std::int64_t classes() const { return classes_; }
  std::vector<Scalar> indices(const std::vector<std::string>& labels) const;

 private:
  std::vector<std::string> words_;  // sorted; none: the labels are numbers
  std::int64_t classes_ = 0;
};

}  // namespace descent
