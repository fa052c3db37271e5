#pragma once

#include <optional>
#include <span>

#include "descent/base/random.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/export.hpp"
#include "descent/plugin/options.hpp"

namespace descent {

/// Gives examples. Shuffling, batching, prefetching, the validation split and the cursor are the framework's.
class DESCENT_API Dataset {
 public:
  virtual ~Dataset();
  /// Called once, after the options are set: read files, draw what is fixed. Throws Error for what a user can
  /// mend.
  virtual void open() {}
  virtual Fields fields() const = 0;
  /// How many examples the split has; nothing: it is endless, and sample() is called instead of fill(). The
  /// splits that a data set knows are `train` and `test`.
  virtual std::optional<std::int64_t> size(Split split) const = 0;
  /// Writes the examples of these indices into the batch, which has as many rows. May run on a thread of its
  /// own.
  virtual void fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const;
  /// For data that are not kept in memory: writes into `indices`, which has as many elements as the split has
  /// examples, all of their indices in a random order in which reading them is cheap, and returns true. Equal
  /// streams give equal orders. An epoch's examples are then dealt in such an order, without the validation
  /// examples; the host checks numbers as they are read instead of reading everything at the start, and reads
  /// several batches ahead. False, the default: any order is as cheap, and the host shuffles by itself.
  virtual bool order(Split split, RandomStream& random, std::span<std::int64_t> indices) const;
  /// Fills the batch with fresh examples from the stream.
  virtual void sample(Split split, RandomStream& random, Batch& batch) const;
};

/// A data set whose examples come from a known mixture of isotropic normal distributions.
class DESCENT_API Mixture {
 public:
  static constexpr const char* role_name = "Mixture";
  virtual ~Mixture();
  /// (modes, dimensions)
  virtual const Tensor& centers() const = 0;
  /// Of every component, in every direction.
  virtual double standard_deviation() const = 0;
  /// The field that holds the points.
  virtual std::string point_field() const = 0;
};

}  // namespace descent

/// Registers a data set: `DESCENT_DATASET(GaussianRing, "gaussian_ring", "a mixture of normals on a
/// circle")`.
#define DESCENT_DATASET(CLASS, NAME, SUMMARY) \
  DESCENT_PLUGIN(::descent::Dataset, dataset, CLASS, NAME, SUMMARY)
