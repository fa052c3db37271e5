#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "descent/base/text.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/plugin/dataset.hpp"

namespace descent::conformance {

namespace {

constexpr std::int64_t at_once = 256;

std::shared_ptr<Dataset> opened(const Subject& subject, const Value& section) {
  Diagnostics problems;
  auto dataset = subject.plugin->create<Dataset>(section, problems);
  problems.throw_if_any();
  dataset->open();
  return dataset;
}

/// A data set whose files are not there cannot be checked, and that is no fault of it.
template <class Body>
Finding with_dataset(const Subject& subject, const Body& body) {
  std::shared_ptr<Dataset> dataset;
  try {
    dataset = opened(subject, subject.options);
  } catch (const Error& error) {
    return not_applicable(fmt::format("it cannot be opened: {}", error.what()));
  }
  return body(*dataset);
}

// Rows of all fields side by side. Whatever the data set leaves unwritten is NaN.
std::vector<double> filled(const Dataset& dataset, Split split, const std::vector<std::int64_t>& indices) {
  const Fields fields = dataset.fields();
  Batch batch(fields, std::ssize(indices));
  batch.resize(std::ssize(indices));
  for (const Field& field : fields) batch.rows(field.name).fill(NAN);
  if (dataset.size(split)) {
    dataset.fill(split, indices, batch);
  } else {
    // The indices stand for the stream.
    RandomStream random(stream_key(1, "conformance/data"), static_cast<std::uint32_t>(indices.front()));
    dataset.sample(split, random, batch);
  }
  std::vector<double> all;
  for (std::int64_t row = 0; row < std::ssize(indices); ++row)
    for (const Field& field : fields) {
      const Tensor values = batch[field.name].value();
      for (std::int64_t i = 0; i < values.columns(); ++i)
        all.push_back(static_cast<double>(values.data()[row * values.columns() + i]));
    }
  return all;
}

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), begin);
  return indices;
}

Finding declares_fields(const Subject& subject) {
  return with_dataset(subject, [](const Dataset& dataset) {
    const Fields fields = dataset.fields();
    if (fields.empty()) return failed("it has no field");
    std::set<std::string> names;
    std::vector<std::string> texts;
    for (const Field& field : fields) {
      if (field.name.empty() || !names.insert(field.name).second)
        return failed(fmt::format("the field name '{}' is empty or there twice", field.name));
      if (field.shape.size() <= 0 || field.classes < 0 || field.low > field.high)
        return failed(fmt::format("field '{}': shape {}, {} classes, range [{}, {}]", field.name,
                                  field.shape.text(), field.classes, field.low, field.high));
      if (field.image && field.shape.rank() != 3)
        return failed(fmt::format("field '{}': an image is (height, width, channels), but its shape is {}",
                                  field.name, field.shape.text()));
      texts.push_back(field.name + " " + field.shape.text());
    }
    if (const auto size = dataset.size(Split::train); size && *size <= 0)
      return failed("the training split is empty");
    return passed(join(texts));
  });
}

// What is wrong with numbers of one field; empty: nothing.
std::string wrong_number(const Field& field, double number) {
  if (!std::isfinite(number)) return fmt::format("holds {}, or was not written", number);
  if (field.classes > 0 &&
      (number != std::floor(number) || number < 0 || number >= static_cast<double>(field.classes)))
    return fmt::format("holds {}, which is none of {} classes", number, field.classes);
  if (field.classes == 0 && field.low < field.high && (number < field.low || number > field.high))
    return fmt::format("holds {}, outside of its range [{}, {}]", number, field.low, field.high);
  return "";
}

Finding fills_examples(const Subject& subject) {
  return with_dataset(subject, [](const Dataset& dataset) {
    constexpr std::int64_t most = 20000;
    const Fields fields = dataset.fields();
    std::vector<std::string> seen;
    for (const Split split : {Split::train, Split::test}) {
      const std::int64_t size = std::min(most, dataset.size(split).value_or(1000));
      for (std::int64_t begin = 0; begin < size; begin += at_once) {
        const std::int64_t count = std::min(at_once, size - begin);
        const std::vector<double> rows = filled(dataset, split, range(begin, count));
        std::size_t at = 0;
        for (std::int64_t row = 0; row < count; ++row)
          for (const Field& field : fields)
            for (std::int64_t i = 0; i < field.shape.size(); ++i)
              if (const std::string wrong = wrong_number(field, rows[at++]); !wrong.empty())
                return failed(fmt::format("'{}' of {} example {} {}", field.name, split_name(split),
                                          begin + row, wrong));
      }
      seen.push_back(fmt::format("{} of {}", size, split_name(split)));
    }
    return passed(fmt::format("{} examples", join(seen)));
  });
}

std::vector<std::int64_t> reading_order(const Dataset& dataset, Split split, std::uint32_t epoch) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset.size(split).value_or(0)));
  RandomStream random(stream_key(1, "conformance/order"), epoch);
  if (!dataset.order(split, random, indices)) indices.clear();
  return indices;
}

// What is wrong with the order that a data set proposes; empty: nothing.
std::string wrong_order(const Dataset& dataset, Split split) {
  const std::vector<std::int64_t> first = reading_order(dataset, split, 0);
  if (first.empty()) return "";
  std::vector<std::int64_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != range(0, std::ssize(first))) return "is not all indices, each once";
  if (reading_order(dataset, split, 0) != first) return "is another one for the same stream";
  if (first.size() > 16 && reading_order(dataset, split, 1) == first)
    return "is the same one for another stream";
  return "";
}

Finding fills_in_any_order(const Subject& subject) {
  return with_dataset(subject, [](const Dataset& dataset) {
    for (const Split split : {Split::train, Split::test}) {
      const auto size = dataset.size(split);
      if (!size) return not_applicable("it is endless");
      if (*size == 0) continue;
      if (const std::string wrong = wrong_order(dataset, split); !wrong.empty())
        return failed(fmt::format("the order in which it wants {} read {}", split_name(split), wrong));
      // Spread over the split, backwards, one of them twice.
      std::vector<std::int64_t> indices;
      for (std::int64_t i = 0; i < 17; ++i) indices.push_back((16 - i) * (*size - 1) / 16);
      indices.push_back(indices[3]);
      const std::vector<double> together = filled(dataset, split, indices);
      std::vector<double> alone;
      for (const std::int64_t index : indices) {
        const std::vector<double> row = filled(dataset, split, {index});
        alone.insert(alone.end(), row.begin(), row.end());
      }
      if (first_difference(together, alone))
        return failed(
            fmt::format("examples of {} are others in a batch of 18 than one by one", split_name(split)));
    }
    return passed("a batch holds what its examples hold one by one");
  });
}

// Fields, order of reading and examples of both splits, for comparison.
std::vector<double> sampled(const Dataset& dataset) {
  std::vector<double> all;
  for (const Field& field : dataset.fields())
    all.insert(all.end(),
               {field.low, field.high, static_cast<double>(field.classes), field.image ? 1.0 : 0.0});
  for (const std::int64_t index : reading_order(dataset, Split::train, 0))
    all.push_back(static_cast<double>(index));
  for (const Split split : {Split::train, Split::test}) {
    const std::int64_t size = dataset.size(split).value_or(-1);
    all.push_back(static_cast<double>(size));
    if (size == 0) continue;
    const std::vector<double> rows =
        filled(dataset, split, range(0, size < 0 ? 64 : std::min<std::int64_t>(64, size)));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

Finding gives_the_same_examples(const Subject& subject) {
  return with_dataset(subject, [&](const Dataset& dataset) {
    const std::vector<double> expected = sampled(dataset);
    if (first_difference(expected, sampled(dataset))) return failed("asked twice, it gives other examples");
    if (first_difference(expected, sampled(*opened(subject, subject.options))))
      return failed("made anew, it gives other examples");
    if (dataset.size(Split::train)) return passed("the same examples, asked twice and made anew");
    if (!first_difference(filled(dataset, Split::train, range(0, 64)),
                          filled(dataset, Split::train, range(1, 64))))
      return failed("another part of the random stream gives the same examples");
    return passed("the same stream gives the same examples, another one others");
  });
}

Finding options_change_examples(const Subject& subject) {
  return with_dataset(subject, [&](const Dataset&) {
    return options_have_effects(subject,
                                [&](const Value& section) { return sampled(*opened(subject, section)); });
  });
}

}  // namespace

std::span<const Check> dataset_checks() {
  static constexpr std::array all = {
      Check{"fields", "declares fields that can be", declares_fields},
      Check{"examples", "writes every number of every example: finite, in its range, a class that there is",
            fills_examples},
      Check{"order", "an example is the same in whatever batch it is, and a reading order has all examples",
            fills_in_any_order},
      Check{"repeatable", "gives the same examples again", gives_the_same_examples},
      Check{"options", "every option changes the examples", options_change_examples},
  };
  return all;
}

}  // namespace descent::conformance
