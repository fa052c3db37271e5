#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "descent/base/random.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/options.hpp"

namespace descent {

/// Why and when examples are read: what the random numbers of transforms follow from.
struct Reading {
  bool training = false;  ///< for an update: what is meant for training alone is applied
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;  ///< epochs that ended before
  std::int64_t step = 0;   ///< the trainer's
  std::int64_t part = 0;   ///< of endless data, which batch of the step it is
};

/// How long the random numbers of an example stay the same.
enum class Fresh {
  draw,   ///< new each time: in training in each epoch, elsewhere at each step at which something is measured
  epoch,  ///< the same for all who read the example in one epoch
  fixed   ///< always the same, for every seed
};

/// The random streams of one transform for the examples of one batch.
class DESCENT_API Draws {
 public:
  /// `indices` are the examples'; empty: fresh examples of endless data. `place` is the transform's in its list.
  Draws(const Reading& reading, Split split, std::span<const std::int64_t> indices, std::size_t place);
  /// The stream of a row of the batch.
  RandomStream stream(std::int64_t row, Fresh fresh = Fresh::draw) const;
  /// U(0, 1) and N(0, 1) of this shape, (batch, …), each row from a stream of its own.
  Tensor uniform(const Shape& shape, Fresh fresh = Fresh::draw) const;
  Tensor normal(const Shape& shape) const;

 private:
  std::uint64_t key(Fresh fresh) const;

  Reading reading_;
  Split split_;
  std::span<const std::int64_t> indices_;
  std::size_t place_;
};

/// One step in the preparation of examples: changes one field of every batch that is read. The host owns them; an
/// experiment lists them under `dataset.transforms`.
class DESCENT_API Transform {
 public:
  virtual ~Transform();
  /// Whether it is meant for such a field: without the option `field` it takes the first one.
  virtual bool suits(const Field& candidate) const;
  /// The field that it makes of `given`. Called once, before apply(). Throws Error where it does not fit.
  virtual Field change(const Field& given) = 0;
  /// The field (batch, …) changed: a new tensor, or x itself. May run on a thread of its own.
  virtual Tensor apply(const Tensor& x, const Draws& draws) const = 0;
  /// Whether batches for metrics, tests and samples are left as they are.
  virtual bool training_only() const;
  /// Whether it keeps its random numbers for longer than one draw, which endless data cannot.
  virtual bool keeps_draws() const;
  /// Whether it needs mean and variance of the examples that are trained on, with learn() called before apply().
  virtual bool learns() const;
  /// Of each channel of images, otherwise of each number of an example.
  virtual void learn(std::span<const double> mean, std::span<const double> variance);

  /// The option that all have: which field it changes; empty: the first that it suits.
  std::string field;
};

/// A transform that an experiment may name.
struct TransformKind {
  const char* name;
  const char* summary;
  std::shared_ptr<const OptionTable> options;
  std::shared_ptr<Transform> (*make)();
  /// What the options are read into.
  void* (*options_object)(Transform& transform);
};
DESCENT_API const std::vector<TransformKind>& transform_kinds();

/// One entry of the list `dataset.transforms`.
struct MadeTransform {
  std::shared_ptr<Transform> transform;
  std::string title;  ///< `transform 'flip'`
  SourceLocation location;
};
struct MadeTransforms {
  std::vector<MadeTransform> list;
  Value resolved;  ///< the list with every option at its default where none was given
};
/// Reads the list `dataset.transforms`: each entry is `NAME`, `{NAME: MAIN OPTION}` or `{NAME: {OPTIONS}}`. Adds what is
/// wrong with it to the problems.
DESCENT_API MadeTransforms make_transforms(const Value& list, Diagnostics& diagnostics);

/// The kinds, by file.
DESCENT_API std::vector<TransformKind> value_transforms();
DESCENT_API std::vector<TransformKind> image_transforms();

/// A kind of the class T, with `static void options(OptionSpec<T>&)`.
template <class T>
TransformKind transform_kind(const char* name, const char* summary) {
  auto table = std::make_shared<OptionTable>();
  OptionSpec<T> spec(*table);
  spec.text("field", &T::field, "").doc("the field to change; empty: the first one that it is meant for");
  T::options(spec);
  return {name, summary, std::move(table), [] { return std::shared_ptr<Transform>(std::make_shared<T>()); },
          [](Transform& transform) { return static_cast<void*>(static_cast<T*>(&transform)); }};
}

}  // namespace descent
