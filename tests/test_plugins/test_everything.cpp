#include <descent/plugin/model.hpp>

namespace {

enum class Color { red, green };

/// Has an option of every type.
class Everything final : public descent::Model {
 public:
  static void options(descent::OptionSpec<Everything>& o) {
    o.number("number", &Everything::number, 0.5).in(0, 1).unit("s").doc("a number");
    o.integer("integer", &Everything::integer, 3)
        .at_least(1)
        .doc("a whole number")
        .contrast(descent::Value::of(4));
    o.flag("flag", &Everything::flag, true).doc("yes or no");
    o.text("text", &Everything::text, "word").doc("a text");
    o.choice<Color>("choice", &Everything::color, "red", {{"red", Color::red}, {"green", Color::green}})
        .doc("a color");
    o.numbers("numbers", &Everything::numbers, {1, 2}).positive().doc("numbers");
    o.integers("integers", &Everything::integers, {4, 5}).below(10).doc("whole numbers");
    o.matrix("matrix", &Everything::matrix, {{1, 2}, {3, 4}}).doc("rows");
    o.vectors("vectors", &Everything::vectors, {0, 1}).doc("named lists");
    o.schedule("schedule", &Everything::schedule, 0.1).positive().doc("a schedule");
    o.network("network", &Everything::network,
              descent::Value::map({{"hidden", descent::Value::list({descent::Value::of(8)}), {}}}))
        .doc("a network");
    o.path("path", &Everything::path, "data").doc("a folder");
    o.run("run", &Everything::run).doc("a run");
    o.number("needed", &Everything::needed, 0).required().doc("must be given");
  }
  void build(const descent::Fields&, descent::Registrar& registrar) override {
    registrar.parameter("all", "number", {}, descent::initialize::constant(number));
  }

  double number = 0, needed = 0;
  std::int64_t integer = 0;
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
};

}  // namespace

DESCENT_MODEL(Everything, "test_everything", "an option of every type, for tests")
