#include <catch2/catch.hpp>

#include "descent/experiment/yaml.hpp"
#include "plugin_support.hpp"
#include "python_files.hpp"
#include "support/experiment_text.hpp"

using Catch::Matchers::Contains;
using descent::Split;
using descent::Value;
using descent::testing::error_of;
using descent::testing::ScratchFolder;

namespace {

/// A folder with a table in it.
class Table : public ScratchFolder {
 public:
  explicit Table(const std::string& text, const std::string& name = "t.csv") : file_(write(name, text)) {}

  std::shared_ptr<descent::Dataset> open(const std::string& options = "{}") const {
    descent::Diagnostics problems;
    const Value more = descent::experiment::parse_yaml_value(options, "options", problems);
    problems.throw_if_any();
    Settings settings = {{"path", Value::of(file_.string())}};
    for (const auto& entry : more.entries())
      settings.emplace_back(entry.key, entry.key == "test_path"
                                           ? Value::of((path / entry.value.text()).string())
                                           : entry.value);
    return open_dataset("csv", settings);
  }
  std::vector<double> field(const std::string& name, const std::string& options = "{}",
                            Split split = Split::train) const {
    return whole(*open(options), split)[name].value().to_doubles();
  }
  std::string refusal(const std::string& options = "{}") const {
    return error_of([&] { open(options); });
  }

 private:
  std::filesystem::path file_;
};

using Row = std::vector<double>;

}  // namespace

TEST_CASE("a table is read as RFC 4180 writes it, and as others do") {
  const Row expected = {1, 2.5, -3e2, 4};
  for (const char* text : {"a,b\n1,2.5\n-3e2,4\n", "a,b\r\n1,2.5\r\n-3e2,4\r\n",
                           "\xEF\xBB\xBF\x61,b\n1,2.5\n-3e2,4", "\"a\",\"b\"\n\"1\",\"2.5\"\n\"-3e2\",4\n",
                           "a, b\n1, 2.5\n -3e2 ,+4\n", "a,b\n\n1,2.5\n\n-3e2,4\n\n\n"}) {
    INFO(text);
    CHECK(Table(text).field("features") == expected);
  }
  CHECK(Table("a\tb\n1\t2.5\n-3e2\t4\n", "t.tsv").field("features") == expected);
  CHECK(Table("a;b\n1;2.5\n-3e2;4\n").field("features", "{separator: ';'}") == expected);
  CHECK(Table("a\tb\n1\t2.5\n-3e2\t4\n").field("features", "{separator: tab}") == expected);
  CHECK(Table("# made by hand\na,b\n1,2.5\n# half\n-3e2,4\n").field("features", "{comment: '#'}") ==
        expected);
  CHECK(Table("1,2.5\n-3e2,4\n").field("features", "{header: false}") == expected);
  CHECK(Table("a,b\n1,2.5\nNA,7\n,8\n-3e2,4\n").field("features", "{missing: drop}") == expected);
}

TEST_CASE("a quoted cell may hold separators, line ends and quotes") {
  const Table table("x,kind\n1,\"a, \"\"b\"\"\nc\"\n2,z\n3,\"a, \"\"b\"\"\nc\"\n");
  CHECK(table.field("label", "{label: kind}") == Row{0, 1, 0});
  CHECK(table.field("features", "{label: kind}") == Row{1, 2, 3});
}

TEST_CASE("columns are features, targets and a label") {
  const Table table("id,pixel1,pixel2,price,kind\n7,1,2,9.5,dog\n8,3,4,8.5,cat\n9,5,6,7.5,dog\n");
  const std::string options = "{columns: ['pixel*'], targets: price, label: kind, field: x}";
  CHECK(table.field("x", options) == Row{1, 2, 3, 4, 5, 6});
  CHECK(table.field("target", options) == Row{9.5, 8.5, 7.5});
  CHECK(table.field("label", options) == Row{1, 0, 1});
  const auto fields = table.open(options)->fields();
  CHECK(descent::find_field(fields, "label").classes == 2);
  CHECK(descent::find_field(fields, "target").shape == descent::Shape{1});
  const Table numbers("1,0,5\n2,3,6\n");
  CHECK(numbers.field("label", "{header: false, label: c2}") == Row{0, 3});
  CHECK(descent::find_field(numbers.open("{header: false, label: c2}")->fields(), "label").classes == 4);
}

TEST_CASE("rows of pixels are images") {
  const auto fields = Table("label,a,b,c,d,e,f\n1,1,2,3,4,5,6\n")
                          .open("{label: label, image: [2, 3], field: image}")
                          ->fields();
  CHECK(descent::find_field(fields, "image").shape == descent::Shape{2, 3, 1});
  CHECK(descent::find_field(fields, "image").image);
}

TEST_CASE("a test split is a table of its own, or some of the rows") {
  const Table table("x,kind\n1,a\n2,b\n3,a\n4,b\n");
  table.write("test.csv", "x,kind\n9,c\n");
  CHECK(table.field("label", "{label: kind, test_path: test.csv}", Split::test) == Row{2});
  CHECK(table.open("{label: kind}")->size(Split::test) == 0);
  const auto parted = table.open("{label: kind, test_examples: 1}");
  CHECK(parted->size(Split::train) == 3);
  Row all = table.field("features", "{label: kind, test_examples: 1}");
  const Row test = table.field("features", "{label: kind, test_examples: 1}", Split::test);
  all.insert(all.end(), test.begin(), test.end());
  std::sort(all.begin(), all.end());
  CHECK(all == Row{1, 2, 3, 4});
  table.write("other.csv", "y,kind\n9,c\n");
  CHECK_THAT(table.refusal("{label: kind, test_path: other.csv}"), Contains("has other columns"));
}

TEST_CASE("what is wrong with a table is said with its line and column") {
  CHECK_THAT(Table("a,b\n1,2\n3,x7\n").refusal(), Contains("t.csv:3:3: 'x7' in the column 'b' is no number"));
  CHECK_THAT(Table("a,b\r\n1,2\r\n3, x7\r\n").refusal(), Contains("t.csv:3:4: 'x7'"));
  CHECK_THAT(Table("a,b\n1,2\n3,4,5\n").refusal(),
             Contains("t.csv:3:1: this row has 3 cells, the first one has 2"));
  CHECK_THAT(Table("a,b\n1;2\n").refusal(),
             Contains("t.csv:2:1: this row has 1 cell, the first one has 2; is 'separator'"));
  CHECK_THAT(Table("a;b\n1;2\n").refusal(), Contains("t.csv:1:1: ") && Contains("say 'separator: \";\"'"));
  CHECK_THAT(Table("a\tb\n1\t2\n").refusal(), Contains("say 'separator: tab'"));
  CHECK_THAT(Table("a,b\n1,\n").refusal(),
             Contains("t.csv:2:3: a value of the column 'b' is missing; 'missing: drop'"));
  CHECK_THAT(Table("a,b\n1,nan\n").refusal(), Contains("is missing"));
  CHECK_THAT(Table("a,b\n1,inf\n").refusal(), Contains("t.csv:2:3: 'inf' in the column 'b' is not finite"));
  CHECK_THAT(Table("a,b\n1,1e999\n").refusal(), Contains("t.csv:2:3: '1e999'"));
  CHECK_THAT(Table("a,b\n1,\"2\n").refusal(), Contains("t.csv:2:3: this quote is never closed"));
  CHECK_THAT(Table("a,b\n1,\"2\"3\n").refusal(),
             Contains("t.csv:2:6: a cell goes on after its closing quote"));
  CHECK_THAT(Table("1,2\n3,4\n").refusal(),
             Contains("t.csv:1:1: the first row holds numbers alone") && Contains("header: false"));
  CHECK_THAT(Table("a,a\n3,4\n").refusal(), Contains("t.csv:1:3: two columns are called 'a'"));
  CHECK_THAT(Table("a,bird\n3,4\n").refusal("{label: brid}"),
             Contains("has no column 'brid', which 'label' names; did you mean 'bird'?"));
  CHECK_THAT(Table("a,b\n3,0.5\n").refusal("{label: b}"),
             Contains("the label '0.5' in the column 'b' is no class") && Contains("targets"));
  CHECK_THAT(Table("a,b\n3,4\n").refusal("{image: [28, 28]}"),
             Contains("2 numbers, an image of (28, 28, 1) has 784"));
  CHECK_THAT(Table("a,b\n").refusal(), Contains("holds no row after its header"));
  CHECK_THAT(Table("a,b\n1,\n").refusal("{missing: drop}"), Contains("something missing in every row"));
  CHECK_THAT(Table("").refusal(), Contains("is empty"));
  CHECK_THAT(Table("a,b\n1,2\n").refusal("{separator: ab}"), Contains("one character, 'tab' or 'auto'"));
}

TEST_CASE("what Python's csv module writes is read") {
  const Table table("x\n1\n");
  if (!python_writes(table.path, R"(
import csv
rng = np.random.default_rng(3)
x = rng.normal(size=(50, 4)).astype('f4')
with open('p.csv', 'w', newline='') as f:
    out = csv.writer(f, quoting=csv.QUOTE_NONNUMERIC)
    out.writerow(['a', 'b', 'c', 'd', 'the, \'kind\''])
    out.writerows([[float(v) for v in row] + [['x\ny', 'z, z'][i % 2]] for i, row in enumerate(x)])
np.save('p.npy', x)
)"))
    return;
  const auto numbers =
      whole(*open_dataset("npy", {{"path", Value::of((table.path / "p.npy").string())}}), Split::train)["x"]
          .value()
          .to_doubles();
  const auto data = open_dataset(
      "csv", {{"path", Value::of((table.path / "p.csv").string())}, {"label", Value::of("the, 'kind'")}});
  CHECK(whole(*data, Split::train)["features"].value().to_doubles() == numbers);
  CHECK(whole(*data, Split::train)["label"].value().to_doubles()[1] == 1);
}
