#include "descent/plugin/options.hpp"
#include "support/layers.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include "support/diagnostic_lines.hpp"

using descent::Diagnostics;
using descent::Option;
using descent::OptionSpec;
using descent::OptionTable;
using descent::Value;

namespace {

constexpr std::array weight_key = {descent::HostKey{"weight", "a factor"}};
constexpr std::array rate_key = {descent::HostKey{"rate", "a rate"}};

enum class Color { red, green };

struct Example {
  double number = -1, share = -1;
  std::int64_t whole = -1;
  bool flag = false;
  std::string text;
  Color color = Color::green;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;
  descent::NumberRows matrix;
  descent::NamedNumbers vectors;
  descent::Schedule schedule;
  descent::NetworkSpec network;
  std::filesystem::path path;
  descent::RunReference run;

  static void options(OptionSpec<Example>& o) {
    o.number("number", &Example::number, 2.5);
    o.number("share", &Example::share, 0.5).in(0, 1).doc("a share").unit("s").contrast(Value::of(0.25));
    o.integer("whole", &Example::whole, 3).at_least(1);
    o.flag("flag", &Example::flag, true);
    o.text("text", &Example::text, "word");
    o.choice<Color>("color", &Example::color, "red", {{"red", Color::red}, {"green", Color::green}});
    o.numbers("numbers", &Example::numbers, {1, 2}).positive();
    o.integers("integers", &Example::integers, {4, 5}).below(10);
    o.matrix("matrix", &Example::matrix, {{1, 2}, {3, 4}});
    o.vectors("vectors", &Example::vectors, {0, 1});
    o.schedule("schedule", &Example::schedule, 0.1).positive();
    o.network("network", &Example::network, descent::NetworkSpec::hidden({8}, "leaky_relu"));
    o.path("path", &Example::path, "data");
    o.run("run", &Example::run);
  }
};

OptionTable example_table() {
  OptionTable table;
  OptionSpec<Example> spec(table);
  Example::options(spec);
  return table;
}

const descent::SourceLocation here{"grids/gan.yaml", 3, 5};

Value section(std::vector<Value::Entry> entries) {
  for (Value::Entry& entry : entries) {
    entry.value.at(here);
    entry.key_location = {"grids/gan.yaml", 3, 2};
  }
  return Value::map(std::move(entries)).at({"grids/gan.yaml", 1, 1});
}

Value numbers(std::initializer_list<double> items) {
  Value list = Value::list();
  for (const double item : items) list.items().push_back(Value::of(item).at(here));
  return list;
}

// The problems of a section that sets `key` to `value`.
std::vector<std::string> problems_with(const std::string& key, const Value& value) {
  Example object;
  Diagnostics diagnostics;
  example_table().read(section({{key, value, {}}}), "optimizer 'adam'", weight_key, &object,
                       {descent::testing::test_layers(), diagnostics});
  return descent::testing::lines_of(diagnostics);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("options that are not given take their defaults") {
  Example object;
  Diagnostics diagnostics;
  example_table().read(section({}), "optimizer 'adam'", {}, &object,
                       {descent::testing::test_layers(), diagnostics});
  CHECK(diagnostics.empty());
  CHECK(object.number == 2.5);
  CHECK(object.whole == 3);
  CHECK(object.flag);
  CHECK(object.text == "word");
  CHECK(object.color == Color::red);
  CHECK(object.numbers == std::vector<double>{1, 2});
  CHECK(object.integers == std::vector<std::int64_t>{4, 5});
  CHECK(object.matrix == descent::NumberRows{{1, 2}, {3, 4}});
  CHECK(object.vectors == descent::NamedNumbers{{"", {0, 1}}});
  CHECK(object.schedule.current() == 0.1);
  CHECK(object.network.take_layers().size() == 3);
  CHECK(object.path == std::filesystem::current_path() / "grids/data");
  CHECK(object.run.path.empty());
}

TEST_CASE("given options are written into the object") {
  Example object;
  Diagnostics diagnostics;
  const Value schedule = Value::map({{"schedule", Value::of("linear"), {}},
                                     {"from", Value::of(1.0), {}},
                                     {"to", Value::of(0), {}},
                                     {"steps", Value::of(10), {}}});
  example_table().read(
      section({{"plugin", Value::of("adam"), {}},
               {"number", Value::of(7), {}},
               {"share", Value::of(1.0), {}},
               {"whole", Value::of(12), {}},
               {"flag", Value::of(false), {}},
               {"text", Value::of("other"), {}},
               {"color", Value::of("green"), {}},
               {"numbers", numbers({0.5}), {}},
               {"integers", Value::list(), {}},
               {"matrix", Value::list({numbers({9, 8, 7})}), {}},
               {"vectors", Value::map({{"b", numbers({2}), {}}, {"a", numbers({1}), {}}}), {}},
               {"schedule", schedule, {}},
               {"path", Value::of("/absolute/data"), {}},
               {"run", Value::of("../runs/a"), {}},
               {"weight", Value::of("the host's"), {}}}),
      "optimizer 'adam'", weight_key, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(descent::testing::lines_of(diagnostics) == Lines{});
  CHECK(object.number == 7);
  CHECK(object.share == 1);
  CHECK(object.whole == 12);
  CHECK_FALSE(object.flag);
  CHECK(object.text == "other");
  CHECK(object.color == Color::green);
  CHECK(object.numbers == std::vector<double>{0.5});
  CHECK(object.integers.empty());
  CHECK(object.matrix == descent::NumberRows{{9, 8, 7}});
  CHECK(object.vectors == descent::NamedNumbers{{"b", {2}}, {"a", {1}}});
  CHECK(object.schedule.at(6) == 0.5);
  CHECK(object.path == "/absolute/data");
  CHECK(object.run.path == std::filesystem::current_path() / "runs/a");
}

TEST_CASE("a wrong value is refused with place, plugin, option, expectation and what was given") {
  const std::string start = "grids/gan.yaml:3:5: optimizer 'adam': ";
  CHECK(problems_with("share", Value::of("x")) ==
        Lines{start + "'share' must be a number in [0, 1], not the text 'x'"});
  CHECK(problems_with("share", Value::of(1.5)) ==
        Lines{start + "'share' must be a number in [0, 1], not the number 1.5"});
  CHECK(problems_with("number", Value::of(true)) == Lines{start + "'number' must be a number, not true"});
  CHECK(problems_with("number", Value()) == Lines{start + "'number' must be a number, not nothing"});
  CHECK(problems_with("number", Value::of(std::numeric_limits<double>::quiet_NaN())) ==
        Lines{start + "'number' must be a number, not the number .nan"});
  CHECK(problems_with("whole", Value::of(1.0)) ==
        Lines{start + "'whole' must be a whole number of at least 1, not the number 1.0"});
  CHECK(problems_with("whole", Value::of(0)) ==
        Lines{start + "'whole' must be a whole number of at least 1, not the number 0"});
  CHECK(problems_with("flag", Value::of("yes")) ==
        Lines{start + "'flag' must be true or false, not the text 'yes'"});
  CHECK(problems_with("text", Value::of(3)) == Lines{start + "'text' must be a text, not the number 3"});
  CHECK(problems_with("color", Value::of("gren")) ==
        Lines{start + "'color' must be one of red, green, not the text 'gren'; did you mean 'green'?"});
  CHECK(problems_with("color", Value::list()) ==
        Lines{start + "'color' must be one of red, green, not a list"});
  CHECK(problems_with("network", Value::of(3)).at(0).starts_with(start + "'network' must be a network"));
  CHECK(problems_with("path", Value::map()) == Lines{start + "'path' must be a path, not a map"});
  CHECK(problems_with("run", Value::of(1)) ==
        Lines{start + "'run' must be the directory of a finished run, not the number 1"});
}

TEST_CASE("lists are checked element by element") {
  const std::string start = "grids/gan.yaml:3:5: optimizer 'adam': ";
  CHECK(problems_with("numbers", numbers({1, 0, -1})) ==
        Lines{start + "'numbers' must be a list of numbers above 0; element 2 is the number 0.0",
              start + "'numbers' must be a list of numbers above 0; element 3 is the number -1.0"});
  CHECK(problems_with("numbers", Value::of(1)) ==
        Lines{start + "'numbers' must be a list of numbers above 0, not the number 1"});
  CHECK(problems_with("integers", numbers({1})) ==
        Lines{start + "'integers' must be a list of whole numbers below 10; element 1 is the number 1.0"});
  CHECK(problems_with("matrix", Value::list({numbers({1, 2}), numbers({3})})).size() == 1);
  CHECK(
      problems_with("matrix", Value::list({Value::of(1).at(here)})) ==
      Lines{start + "'matrix' must be a list of rows of numbers, all of one length; row 1 is the number 1"});
  CHECK(problems_with("vectors", Value::map({{"x", Value::of(2).at(here), {}}})) ==
        Lines{start + "'vectors' must be a list of numbers, or a map of such lists; 'x' is the number 2"});
}

TEST_CASE("the limits of an option hold for every value that its schedule takes") {
  const auto schedule = [](const char* form, std::vector<Value::Entry> keys) {
    keys.push_back({"schedule", Value::of(form), {}});
    return Value::map(keys);
  };
  CHECK(
      problems_with("schedule", Value::of(0)) ==
      Lines{
          "grids/gan.yaml:3:5: optimizer 'adam': 'schedule' must be a number above 0, or a schedule of such "
          "numbers, not the number 0"});
  const Value negative = schedule(
      "linear", {{"from", Value::of(1), {}}, {"to", Value::of(-1), {}}, {"steps", Value::of(10), {}}});
  CHECK(
      problems_with("schedule", negative) ==
      Lines{
          "grids/gan.yaml:3:5: optimizer 'adam': 'schedule' must be a number above 0, or a schedule of such "
          "numbers; this schedule reaches -1.0"});
  const Value fading = schedule(
      "cosine", {{"from", Value::of(1), {}}, {"to", Value::of(0), {}}, {"steps", Value::of(10), {}}});
  CHECK(problems_with("schedule", fading) == Lines{});
  const Value shrinking = schedule("exponential", {{"from", Value::of(1), {}}, {"rate", Value::of(0.5), {}}});
  CHECK(problems_with("schedule", shrinking) == Lines{});
  const Value nothing = schedule("constant", {{"value", Value::of(0), {}}});
  CHECK(problems_with("schedule", nothing).size() == 1);
}

TEST_CASE("an unknown key is named with the nearest option, and all problems come at once") {
  CHECK(problems_with("shar", Value::of(1)) ==
        Lines{"grids/gan.yaml:3:2: optimizer 'adam' has no option 'shar'; did you mean 'share'?"});
  CHECK(problems_with("weigth", Value::of(1)) ==
        Lines{"grids/gan.yaml:3:2: optimizer 'adam' has no option 'weigth'; did you mean 'weight'?"});
  Example object;
  Diagnostics diagnostics;
  example_table().read(
      section({{"whole", Value::of(0), {}}, {"flga", Value(), {}}, {"share", Value::of(2), {}}}),
      "optimizer 'adam'", {}, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(diagnostics.size() == 3);
}

TEST_CASE("a plugin without options says so") {
  Diagnostics diagnostics;
  int nothing = 0;
  OptionTable().read(section({{"beta", Value::of(1), {}}}), "loss 'gan'", {}, &nothing,
                     {descent::testing::test_layers(), diagnostics});
  CHECK(descent::testing::lines_of(diagnostics) ==
        Lines{"grids/gan.yaml:3:2: loss 'gan' has no option 'beta'; it has none"});
}

struct Required {
  double rate = 0;
};

TEST_CASE("a required option that is missing is a problem at the section") {
  OptionTable table;
  OptionSpec<Required>(table).number("rate", &Required::rate, 0).positive().required();
  Required object;
  Diagnostics diagnostics;
  table.read(section({}), "optimizer 'sgd'", {}, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(descent::testing::lines_of(diagnostics) ==
        Lines{"grids/gan.yaml:1:1: optimizer 'sgd' needs 'rate': a number above 0"});
  CHECK(table.resolved(section({}), &object).find("rate") == nullptr);
}

TEST_CASE("a default that breaks its own limits does not pass unseen") {
  OptionTable table;
  OptionSpec<Required>(table).number("rate", &Required::rate, -1).positive();
  Required object;
  Diagnostics diagnostics;
  table.read(section({}), "optimizer 'sgd'", {}, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(diagnostics.size() == 1);
}

TEST_CASE("an option cannot take a name of the host's or of another option") {
  OptionTable table;
  OptionSpec<Required> spec(table);
  spec.number("rate", &Required::rate, 1);
  CHECK_THROWS_AS(spec.number("rate", &Required::rate, 1), descent::Error);
  CHECK_THROWS_AS(spec.number("plugin", &Required::rate, 1), descent::Error);
  Required object;
  Diagnostics diagnostics;
  table.read(section({}), "loss 'l2'", rate_key, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(diagnostics.size() == 1);
}

TEST_CASE("a resolved section says every option, and reads back to the same object") {
  const OptionTable table = example_table();
  const Value given = section({{"plugin", Value::of("adam"), {}}, {"share", Value::of(0.125), {}}});
  Example object;
  Diagnostics diagnostics;
  table.read(given, "optimizer 'adam'", {}, &object, {descent::testing::test_layers(), diagnostics});
  const Value resolved = table.resolved(given, &object);
  for (const std::string& name : table.names()) CHECK(resolved.find(name) != nullptr);
  CHECK(*resolved.find("share") == Value::of(0.125));
  CHECK(*resolved.find("whole") == Value::of(3));
  CHECK(resolved.find("path")->text() == (std::filesystem::current_path() / "grids/data").string());
  object = {};
  table.read(resolved, "optimizer 'adam'", {}, &object, {descent::testing::test_layers(), diagnostics});
  CHECK(table.resolved(resolved, &object) == resolved);
  CHECK(descent::testing::lines_of(diagnostics) == Lines{});
  CHECK(object.share == 0.125);
}

TEST_CASE("what an option is can be read from its table: a manual page needs no more") {
  const OptionTable table = example_table();
  const Option& share = table.options()[1];
  CHECK(share.name == "share");
  CHECK(share.doc == "a share");
  CHECK(share.unit == "s");
  CHECK(share.contrast == Value::of(0.25));
  CHECK(std::string(option_type_name(share.type)) == "number");
  CHECK(share.minimum == 0.0);
  CHECK(share.maximum == 1.0);
  CHECK(table.options()[5].choices == Lines{"red", "green"});
}
