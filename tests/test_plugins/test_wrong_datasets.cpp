#include <cmath>
#include <descent/plugin/dataset.hpp>

// Data sets that are each wrong in one way, and right in every other.
namespace {

using namespace descent;

/// `x` (2) of 40 examples: its index, and its square root.
class Numbers : public Dataset {
 public:
  Fields fields() const override { return {{.name = "x", .shape = {2}}}; }
  std::optional<std::int64_t> size(Split) const override { return 40; }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Scalar* out = batch.rows("x").data();
    for (std::size_t row = 0; row < indices.size(); ++row) {
      out[2 * row] = static_cast<Scalar>(indices[row]);
      out[2 * row + 1] = second(row, indices[row]);
    }
  }

 protected:
  virtual Scalar second(std::size_t row, std::int64_t index) const = 0;
};

class ByRow final : public Numbers {
  Scalar second(std::size_t row, std::int64_t) const override { return static_cast<Scalar>(row); }
};
class OutOfRange final : public Numbers {
 public:
  Fields fields() const override { return {{.name = "x", .shape = {2}, .low = 0, .high = 38.5}}; }

 private:
  Scalar second(std::size_t, std::int64_t index) const override {
    return static_cast<Scalar>(std::sqrt(static_cast<double>(index)));
  }
};
class Unwritten final : public Numbers {
 public:
  Fields fields() const override { return {{.name = "x", .shape = {2}}, {.name = "forgotten"}}; }

 private:
  Scalar second(std::size_t, std::int64_t) const override { return 0; }
};
class EachTimeAnother final : public Numbers {
  Scalar second(std::size_t, std::int64_t index) const override {
    return static_cast<Scalar>(number_ + static_cast<double>(index));
  }
  static inline double made = 0;
  double number_ = ++made;
};

}  // namespace

DESCENT_DATASET(ByRow, "test_by_row", "examples depend on their place in the batch, for tests")
DESCENT_DATASET(OutOfRange, "test_out_of_range", "numbers outside of the declared range, for tests")
DESCENT_DATASET(Unwritten, "test_unwritten", "a field that is never written, for tests")
DESCENT_DATASET(EachTimeAnother, "test_each_time_another", "another one each time it is made, for tests")
