#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "array_file.hpp"
#include "descent/plugin/dataset.hpp"
#include "row_reader.hpp"

namespace descent {

/// Data sets of named arrays that have one row for each example. What derives from it says how a file is opened.
class ArrayDataset : public Dataset {
 public:
  void open() override;
  Fields fields() const override { return fields_; }
  std::optional<std::int64_t> size(Split split) const override { return part(split).size(); }
  void fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const override;
  bool order(Split split, RandomStream& random, std::span<std::int64_t> indices) const override;

 protected:
  enum class Layout { channels_last, channels_first };

  /// Throws Error when there is no such file, or it is another one.
  virtual std::unique_ptr<ArrayFile> open_file(const std::filesystem::path& path) const = 0;

  template <class Derived>
  static void array_options(OptionSpec<Derived>& o, std::vector<std::string> patterns,
                            const char* path_example, const char* path_doc) {
    o.path("path", &Derived::path, "")
        .required()
        .reads(std::move(patterns))
        .example(Value::of(path_example))
        .doc(path_doc);
    o.map("fields", &Derived::arrays)
        .doc(
            "which array each field is, {image: x_train, label: y_train}, or the field that the only array "
            "is; "
            "default: every array is a field of its own name, or x where there is only one");
    o.map("test_fields", &Derived::test_arrays)
        .doc(
            "the same of the test split, {image: x_test, label: y_test}; default: those of 'fields', if "
            "there is a "
            "'test_path', or else no arrays");
    o.path("test_path", &Derived::test_path, "").doc("the file of the test split; default: that of 'path'");
    o.number("test_examples", &Derived::test_examples, 0)
        .at_least(0)
        .contrast(Value::of(0.25))
        .doc(
            "where there is no test split: sets this fraction of the rows aside for testing (below 1), or "
            "this many; "
            "a random choice that is the same for every seed. 0: metrics look at the training split");
    o.texts("images", &Derived::images)
        .doc(
            "the fields that are images, of (rows, height, width) or, with channels, of four dimensions; "
            "default: the "
            "field 'image', if it has such a shape");
    o.template choice<Layout>(
         "layout", &Derived::layout, "channels_last",
         {{"channels_last", Layout::channels_last}, {"channels_first", Layout::channels_first}})
        .depends_on_file()
        .doc(
            "how images with channels lie in the file: (rows, height, width, channels), or (rows, channels, "
            "height, "
            "width) as PyTorch has them; they are channels-last in batches");
    o.texts("labels", &Derived::labels)
        .doc(
            "the fields that are class indices, whole numbers from 0; default: the field 'label', if it is "
            "one number "
            "for each example");
    o.integer("classes", &Derived::classes, 0)
        .at_least(0)
        .contrast(Value::of(1000))
        .doc("number of classes; 0: one more than the largest label in the data");
  }

  /// Of files whose arrays are read by rows.
  template <class Derived>
  static void block_options(OptionSpec<Derived>& o) {
    o.number("memory", &Derived::memory, 1024)
        .in(0, 1e9)
        .unit("MiB")
        .contrast(Value::of(0.0))
        .doc(
            "arrays that take more than this, as they are in the file, are not read as a whole but block by "
            "block, in "
            "an order that mixes a window of blocks at a time instead of all examples");
    o.number("window", &Derived::window, 256)
        .positive()
        .at_most(1e9)
        .unit("MiB")
        .contrast(Value::of(0.001))
        .doc(
            "how much is mixed, and kept in memory, of arrays that are read block by block; a block is 1/64 "
            "of it");
  }

  std::filesystem::path path, test_path;
  NamedTexts arrays, test_arrays;
  std::vector<std::string> images, labels;
  Layout layout = Layout::channels_last;
  double test_examples = 0, memory = 0, window = 1;
  std::int64_t classes = 0;

 private:
  using OpenArrays = std::vector<std::unique_ptr<StoredArray>>;
  /// What a split is read from.
  struct Part {
    std::shared_ptr<const RowReader> reader;  // null: there is no such split
    std::vector<std::int64_t> rows;           // those that belong to it; empty: all
    std::int64_t size() const { return !reader ? 0 : rows.empty() ? reader->rows() : std::ssize(rows); }
    std::int64_t row(std::int64_t index) const {
      return rows.empty() ? index : rows[static_cast<std::size_t>(index)];
    }
  };
  /// How a row of an array becomes an example of a field.
  struct Conversion {
    Element element;
    std::int64_t size;      // numbers of one example
    std::int64_t channels;  // more than 1: the file has them first
  };

  const Part& part(Split split) const { return split == Split::test ? test_ : train_; }
  NamedTexts named_arrays(const ArrayFile& file) const;
  OpenArrays open_arrays(const ArrayFile& file, const NamedTexts& wanted) const;
  OpenArrays open_test(const ArrayFile& file, const NamedTexts& named) const;
  Field field_of(const std::string& name, const StoredArray& array) const;
  void check_same_examples(const OpenArrays& train, const OpenArrays& test) const;
  void find_classes(const OpenArrays& train, const OpenArrays& test);
  void choose_conversions(const OpenArrays& train);
  void convert(const std::byte* row, const Conversion& conversion, Scalar* out) const;

  Part train_, test_;
  Fields fields_;
  std::vector<Conversion> conversions_;
  mutable std::vector<Scalar*> out_;      // where the next example of each field goes
  mutable std::vector<Scalar> unsorted_;  // an image whose channels come first
};

}  // namespace descent
