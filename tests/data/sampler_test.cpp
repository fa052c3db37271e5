#include "descent/data/sampler.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "support/experiment_text.hpp"

using namespace descent;
using Catch::Matchers::Contains;
using testing::error_of;

namespace {

using Indices = std::vector<std::int64_t>;

/// Example i is the number i.
class Numbered final : public Dataset {
 public:
  explicit Numbered(std::int64_t examples) : examples_(examples) {}
  Fields fields() const override { return {{.name = "index"}}; }
  std::optional<std::int64_t> size(Split split) const override {
    return split == Split::train ? examples_ : 0;
  }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    Tensor rows = batch.rows("index");
    std::copy(indices.begin(), indices.end(), rows.data());
  }

 private:
  std::int64_t examples_;
};

/// Uniform numbers without end.
class Endless final : public Dataset {
 public:
  Fields fields() const override { return {{.name = "index"}}; }
  std::optional<std::int64_t> size(Split) const override { return {}; }
  void sample(Split, RandomStream& random, Batch& batch) const override {
    random.uniform(batch.rows("index").data(), batch.size());
  }
};

Indices next_batch(data::Sampler& sampler, Batch& batch) {
  sampler.next(batch, 0, 0);
  const Tensor& rows = batch["index"].value();
  return {rows.values().begin(), rows.values().end()};
}

Indices next_epoch(data::Sampler& sampler, Batch& batch) {
  Indices all;
  for (const std::int64_t epoch = sampler.cursor().epoch; sampler.cursor().epoch == epoch;) {
    const Indices some = next_batch(sampler, batch);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Indices sorted(Indices indices) {
  std::sort(indices.begin(), indices.end());
  return indices;
}

Indices from_zero(std::int64_t count) {
  Indices all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Indices validation_of(const data::Sampler& sampler) {
  return {sampler.validation_indices().begin(), sampler.validation_indices().end()};
}

/// How a sampler may be made, at random.
struct Setting {
  std::int64_t examples = *rc::gen::inRange<std::int64_t>(2, 200);
  std::int64_t validation = *rc::gen::inRange<std::int64_t>(0, examples);
  std::int64_t batch_size = *rc::gen::inRange<std::int64_t>(1, examples - validation + 1);
  bool drop_last = *rc::gen::arbitrary<bool>();
  std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  std::int64_t left() const { return examples - validation; }
};

}  // namespace

TEST_CASE("an epoch deals every training example once, or all but a partial batch") {
  CHECK(rc::check([] {
    const Setting setting;
    const Numbered data(setting.examples);
    data::Sampler sampler(data, setting.seed, setting.batch_size, setting.validation, setting.drop_last);
    Batch batch(data.fields(), setting.batch_size);
    Indices training;
    const Indices validation = validation_of(sampler), all = from_zero(setting.examples);
    RC_ASSERT(std::ssize(validation) == setting.validation);
    std::set_difference(all.begin(), all.end(), validation.begin(), validation.end(),
                        std::back_inserter(training));
    RC_ASSERT(std::ssize(training) == setting.left());
    for (int epoch = 0; epoch < 2; ++epoch) {
      const Indices dealt = sorted(next_epoch(sampler, batch));
      if (setting.drop_last) {
        RC_ASSERT(std::ssize(dealt) == setting.left() / setting.batch_size * setting.batch_size);
        RC_ASSERT(std::adjacent_find(dealt.begin(), dealt.end()) == dealt.end());
        RC_ASSERT(std::includes(training.begin(), training.end(), dealt.begin(), dealt.end()));
      } else {
        RC_ASSERT(dealt == training);
      }
    }
    RC_ASSERT(sampler.cursor() == (data::Sampler::Cursor{2, 0}));
  }));
}

TEST_CASE("batches are full but for the last of an epoch, which is kept or dropped") {
  const Numbered data(10);
  Batch batch(data.fields(), 4);
  const auto sizes = [&](bool drop_last) {
    data::Sampler sampler(data, 1, 4, 0, drop_last);
    CHECK(sampler.batches_per_epoch() == (drop_last ? 2 : 3));
    Indices all;
    for (int i = 0; i < 6; ++i) all.push_back(std::ssize(next_batch(sampler, batch)));
    CHECK(sampler.cursor() == (data::Sampler::Cursor{drop_last ? 3 : 2, 0}));
    return all;
  };
  CHECK(sizes(false) == Indices{4, 4, 2, 4, 4, 2});
  CHECK(sizes(true) == Indices{4, 4, 4, 4, 4, 4});
}

TEST_CASE("the order depends on the seed and the epoch, and on nothing else") {
  const Numbered data(100);
  const auto orders = [&](std::uint64_t seed, std::int64_t batch_size) {
    data::Sampler sampler(data, seed, batch_size, 0, false);
    Batch batch(data.fields(), batch_size);
    const Indices first = next_epoch(sampler, batch);
    return std::pair(first, next_epoch(sampler, batch));
  };
  const auto [first, second] = orders(1, 10);
  CHECK(first != second);
  CHECK(first != from_zero(100));
  CHECK(orders(1, 7) == std::pair(first, second));
  CHECK(orders(2, 10).first != first);
}

TEST_CASE("the validation split is the same for every seed, and no training example is in it") {
  const Numbered data(50);
  const data::Sampler first(data, 1, 5, 20, false), second(data, 2, 10, 20, true);
  CHECK(validation_of(first) == validation_of(second));
  CHECK(validation_of(first) != from_zero(20));
  CHECK(first.examples() == 30);
  CHECK(data::Sampler(data, 1, 5, 0, false).validation_indices().empty());
}

TEST_CASE("a sampler that is set to a cursor goes on as the one it was taken from") {
  CHECK(rc::check([] {
    const Setting setting;
    const Numbered data(setting.examples);
    const auto make = [&] {
      return data::Sampler(data, setting.seed, setting.batch_size, setting.validation, setting.drop_last);
    };
    data::Sampler dealing = make(), restored = make();
    Batch batch(data.fields(), setting.batch_size);
    const int before = *rc::gen::inRange(0, 30);
    for (int i = 0; i < before; ++i) next_batch(dealing, batch);
    const int elsewhere = *rc::gen::inRange(0, 30);
    for (int i = 0; i < elsewhere; ++i) next_batch(restored, batch);
    restored.set_cursor(dealing.cursor());
    for (int i = 0; i < 10; ++i) {
      const Indices expected = next_batch(dealing, batch);
      RC_ASSERT(next_batch(restored, batch) == expected);
      RC_ASSERT(restored.cursor() == dealing.cursor());
    }
  }));
}

TEST_CASE("a sampler that shuffles once deals the first epoch's order in every epoch") {
  const Numbered data(50);
  data::Sampler once(data, 1, 8, 10, true, true), anew(data, 1, 8, 10, true);
  Batch batch(data.fields(), 8);
  const Indices first = next_epoch(once, batch);
  CHECK(next_epoch(anew, batch) == first);
  CHECK_FALSE(std::is_sorted(first.begin(), first.end()));
  CHECK(next_epoch(once, batch) == first);
  CHECK(next_epoch(anew, batch) != first);
  once.set_cursor({.epoch = 7});
  CHECK(next_epoch(once, batch) == first);
}

TEST_CASE("an endless data set is sampled by the counters of step and batch") {
  const Endless data;
  data::Sampler sampler(data, 1, 8, 0, false), other_seed(data, 2, 8, 0, false);
  Batch batch(data.fields(), 8);
  const auto sample = [&](data::Sampler& from, std::int64_t step, std::int64_t evaluation) {
    from.next(batch, step, evaluation);
    return batch["index"].value().to_doubles();
  };
  CHECK(sampler.endless());
  CHECK(sampler.examples() == 0);
  const auto numbers = sample(sampler, 3, 1);
  CHECK(sample(sampler, 4, 1) != numbers);
  CHECK(sample(sampler, 3, 0) != numbers);
  CHECK(sample(sampler, 3, 1) == numbers);
  CHECK(sample(other_seed, 3, 1) != numbers);
  CHECK(sampler.cursor() == data::Sampler::Cursor{});
}

TEST_CASE("a batch or a validation split that is larger than the data is refused") {
  const Numbered data(10);
  const Endless endless;
  CHECK(error_of([&] { data::Sampler(data, 1, 11, 0, false); }) ==
        "'batch_size' 11 is larger than the data: 10 training examples");
  CHECK(error_of([&] { data::Sampler(data, 1, 6, 5, false); }) ==
        "'batch_size' 6 is larger than the data: 5 training examples");
  CHECK(error_of([&] { data::Sampler(data, 1, 1, 10, false); }) ==
        "'validation' sets 10 examples aside, but the data set has only 10");
  CHECK_THAT(error_of([&] { data::Sampler(endless, 1, 1, 10, false); }), Contains("endless"));
}
