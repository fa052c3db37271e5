#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/dataset.hpp"
#include "support/csv_table.hpp"
#include "support/label_words.hpp"
#include "support/set_aside.hpp"

namespace {

using descent::CsvTable;
using descent::Error;
using descent::Scalar;
using descent::Split;

/// A table of numbers, one example in each row, as spreadsheets and pandas write it (RFC 4180). Fields: `features` (columns),
/// or images (height, width, channels); `target` (columns); `label` ().
class Csv final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<Csv>& o) {
    o.path("path", &Csv::path, "")
        .required()
        .reads({"*.csv", "*.tsv", "*.csv.gz", "*.tsv.gz"})
        .example(descent::Value::of("table.csv"))
        .doc("the table, gzipped or not");
    o.path("test_path", &Csv::test_path, "")
        .doc("the table of the test split, with the same columns; default: none");
    o.number("test_examples", &Csv::test_examples, 0)
        .at_least(0)
        .contrast(descent::Value::of(0.25))
        .doc(
            "without a 'test_path': sets this fraction of the rows aside for testing (below 1), or this "
            "many; a random "
            "choice that is the same for every seed. 0: metrics look at the training split");
    o.text("separator", &Csv::separator, "auto")
        .doc(
            "what is between the cells, one character or 'tab'; auto: a tab in files called .tsv, in others "
            "a comma");
    o.flag("header", &Csv::header, true)
        .depends_on_file()
        .doc("the first row names the columns; where false, they are called c1, c2 and so on");
    o.texts("columns", &Csv::columns)
        .doc(
            "the columns, or patterns of them (pixel*), that are the features; default: all that are nothing "
            "else");
    o.texts("targets", &Csv::targets)
        .doc("the columns of the field 'target': numbers that are to be predicted");
    o.text("label", &Csv::label, "")
        .doc(
            "the column of the field 'label': whole numbers from 0, or words, which become classes in the "
            "order of the "
            "alphabet; default: none");
    o.text("field", &Csv::field, "features").doc("what the field of the features is called");
    o.integers("image", &Csv::image, {})
        .at_least(1)
        .doc("the features of a row are an image of this height, width and, unless 1, channels: [28, 28]");
    o.choice("missing", &Csv::drop_missing, "error", {{"error", false}, {"drop", true}})
        .depends_on_file()
        .doc("what becomes of a row with an empty cell (or NA, NaN, null, ?): it is an error, or left out");
    o.text("comment", &Csv::comment, "").doc("lines that begin so are passed over, such as #; default: none");
  }

  void open() override {
    const descent::CsvFormat format{descent::csv_separator(separator, path), header, comment, drop_missing};
    const descent::CsvColumns wanted{columns, targets, label};
    train = read_csv(path, format, wanted);
    test = {};
    aside = {};
    if (!test_path.empty()) {
      if (test_examples > 0) throw Error("there is a test split already; leave out 'test_examples'");
      test = read_csv(test_path,
                      {descent::csv_separator(separator, test_path), header, comment, drop_missing}, wanted);
      if (test.feature_names != train.feature_names || test.target_names != train.target_names)
        throw Error("'" + test_path.string() + "' has other columns than '" + path.string() +
                    "': " + descent::join(test.feature_names));
    } else if (test_examples > 0) {
      aside = descent::set_aside(train.rows, test_examples, "test_examples");
    }
    if (train.features.empty()) throw Error("no column is left for the features");
    make_fields();
  }
  descent::Fields fields() const override { return fields_; }
  std::optional<std::int64_t> size(Split split) const override {
    if (!aside.test.empty()) return std::ssize(split == Split::test ? aside.test : aside.training);
    return split == Split::test ? test.rows : train.rows;
  }
  void fill(Split split, std::span<const std::int64_t> indices, descent::Batch& batch) const override {
    const bool parted = !aside.test.empty();
    const CsvTable& table = split == Split::test && !parted ? test : train;
    const std::vector<std::int64_t>& rows = split == Split::test ? aside.test : aside.training;
    const auto copy = [&](const std::vector<Scalar>& numbers, const std::string& name) {
      const std::int64_t width = std::ssize(numbers) / table.rows;
      Scalar* out = batch.rows(name).data();
      for (const std::int64_t i : indices) {
        const std::int64_t row = parted ? rows[static_cast<std::size_t>(i)] : i;
        out = std::copy_n(numbers.data() + row * width, width, out);
      }
    };
    copy(table.features, field);
    if (!targets.empty()) copy(table.targets, "target");
    if (!label.empty()) copy(split == Split::test && !parted ? test_classes : train_classes, "label");
  }

 private:
  void make_fields() {
    const std::int64_t width = std::ssize(train.feature_names);
    fields_ = {{.name = field, .shape = {width}}};
    if (!image.empty()) {
      if (image.size() < 2 || image.size() > 3)
        throw Error("'image' is height and width, and the channels where there are several: [28, 28]");
      const descent::Shape shape{image[0], image[1], image.size() == 3 ? image[2] : 1};
      if (shape.size() != width)
        throw Error("the features of a row are " + std::to_string(width) + " numbers, an image of " +
                    shape.text() + " has " + std::to_string(shape.size()));
      fields_[0].shape = shape;
      fields_[0].image = true;
    }
    if (!targets.empty()) fields_.push_back({.name = "target", .shape = {std::ssize(train.target_names)}});
    if (label.empty()) return;
    const descent::LabelWords words(train.labels, test.labels, label);
    train_classes = words.indices(train.labels);
    test_classes = words.indices(test.labels);
    fields_.push_back({.name = "label",
                       .low = 0,
                       .high = static_cast<double>(words.classes() - 1),
                       .classes = words.classes()});
  }

  std::filesystem::path path, test_path;
  double test_examples = 0;
  std::string separator, label, field, comment;
  bool header = true, drop_missing = false;
  std::vector<std::string> columns, targets;
  std::vector<std::int64_t> image;
  CsvTable train, test;
  std::vector<Scalar> train_classes, test_classes;
  descent::SetAside aside;
  descent::Fields fields_;
};

}  // namespace

DESCENT_DATASET(Csv, "csv", "a table of numbers in a text file: CSV, TSV")
