#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "descent/plugin/dataset.hpp"
#include "descent/plugin/transform.hpp"

namespace descent::data {

/// A data set whose fields are changed by transforms as it is read. As every data set it is read by one thread at a time.
class DESCENT_API TransformedDataset : public Dataset {
 public:
  /// `dataset` has been opened. Throws Error, with its place, for a transform that does not fit the fields.
  TransformedDataset(std::shared_ptr<const Dataset> dataset, const std::vector<MadeTransform>& transforms);

  Fields fields() const override { return fields_; }
  std::optional<std::int64_t> size(Split split) const override { return dataset_->size(split); }
  bool order(Split split, RandomStream& random, std::span<std::int64_t> indices) const override {
    return dataset_->order(split, random, indices);
  }
  /// As for an evaluation before the first step.
  void fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const override;
  void sample(Split split, RandomStream& random, Batch& batch) const override;
  void fill(Split split, std::span<const std::int64_t> indices, Batch& batch, const Reading& reading) const;
  void sample(Split split, RandomStream& random, Batch& batch, const Reading& reading) const;

  /// Gives the transforms that learn mean and variance what they need, of these examples of the training split. To be
  /// called once, before anything is read.
  void learn(std::span<const std::int64_t> examples);

 protected:
  const Dataset& original() const { return *dataset_; }
  bool changes(std::string_view field) const;

 private:
  struct Step {
    MadeTransform made;
    std::size_t field;  // its place among the fields
  };

  void add_step(const MadeTransform& made);
  void learn_step(std::size_t step, std::span<const std::int64_t> examples);
  Batch& raw_batch(std::int64_t size) const;
  Tensor changed(std::size_t field, std::size_t end, const Batch& raw, Split split,
                 std::span<const std::int64_t> indices, const Reading& reading) const;
  void change_all(const Batch& raw, Split split, std::span<const std::int64_t> indices,
                  const Reading& reading, Batch& batch) const;

  std::shared_ptr<const Dataset> dataset_;
  Fields raw_fields_;
  Fields fields_;
  std::vector<Step> steps_;
  mutable Batch raw_;  // what the original fills
};

/// The data set with these transforms. It plays the role Mixture where the original does and no transform changes the
/// points.
DESCENT_API std::shared_ptr<TransformedDataset> transformed(std::shared_ptr<const Dataset> dataset,
                                                            const std::vector<MadeTransform>& transforms);

/// dataset.fill() and dataset.sample(), with the purpose of the reading passed on to the transforms.
DESCENT_API void fill(const Dataset& dataset, Split split, std::span<const std::int64_t> indices,
                      Batch& batch, const Reading& reading);
DESCENT_API void sample(const Dataset& dataset, Split split, RandomStream& random, Batch& batch,
                        const Reading& reading);

}  // namespace descent::data
