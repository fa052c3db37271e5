#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/plugin/dataset.hpp"

namespace descent::data {

/// Deals the training examples of a data set: shuffled anew in every epoch, or once for all of them, without
/// the ones set aside for validation, and in an order that the data set proposes, if it does. Its whole state is a cursor; the order of an epoch follows from the
/// seed and the epoch's number.
class DESCENT_API Sampler {
 public:
  struct Cursor {
    std::int64_t epoch = 0;     ///< epochs that ended
    std::int64_t position = 0;  ///< examples dealt in this one
    bool operator==(const Cursor&) const = default;
  };

  /// Throws Error when the batch, or the validation split, is larger than the data.
  Sampler(const Dataset& dataset, std::uint64_t seed, std::int64_t batch_size, std::int64_t validation,
          bool drop_last, bool shuffle_once = false);

  bool endless() const { return examples_ == 0; }
  /// How many examples an epoch deals; 0 of an endless data set.
  std::int64_t examples() const { return examples_; }
  /// How many batches an epoch has; 0 of an endless data set.
  std::int64_t batches_per_epoch() const;
  /// Fills `batch` with the next examples. `step` and `evaluation` count the draws of an endless data set. With a reading
  /// order, throws Error where the batch holds numbers that are not finite or labels that are no classes.
  void next(Batch& batch, std::int64_t step, std::int64_t evaluation);

  const Cursor& cursor() const { return cursor_; }
  void set_cursor(const Cursor& cursor);

  /// The indices of a split in order, for evaluation: those of `validation` are indices of the training
  /// split.
  std::span<const std::int64_t> validation_indices() const { return validation_; }
  /// Those that are trained on: of the training split, all but the validation examples.
  std::span<const std::int64_t> training_indices() const { return training_; }

  /// Whether the data set proposes an order of reading: numbers are then checked as they are read.
  bool has_reading_order() const { return has_reading_order_; }
  /// Writes the examples that are trained on in a random order: one that the data set proposes, or else each order being
  /// equally likely.
  void shuffle(RandomStream random, std::vector<std::int64_t>& order) const;

 private:
  void shuffle_if_new_epoch();

  const Dataset& dataset_;
  std::uint64_t seed_;
  std::int64_t batch_size_;
  bool drop_last_;
  bool shuffle_once_;
  bool has_reading_order_ = false;
  std::int64_t examples_ = 0;
  std::vector<std::int64_t> training_;    // in file order
  std::vector<std::int64_t> validation_;  // in file order
  std::vector<std::int64_t> order_;       // of the epoch `shuffled_`
  std::int64_t shuffled_ = -1;
  Cursor cursor_;
};

}  // namespace descent::data
