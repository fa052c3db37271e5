#include <descent/plugin/model.hpp>

namespace {

/// Free parameter vectors, each a group of its own: the model of toy functions (`start: [-1.2, 1]`) and of
/// toy games (`start: {x: [1], y: [1]}`).
class Point final : public descent::Model, public descent::Point {
 public:
  static void options(descent::OptionSpec<Point>& o) {
    o.vectors("start", &Point::start, {0.0, 0.0}).doc("where the vectors begin: a list, or named lists");
    o.integer("repeat", &Point::repeat, 1)
        .in(1, 1e8)
        .doc("each list is taken so many times over: [1] and 100 start at 100 ones")
        .contrast(descent::Value::of(3));
  }

  void build(const descent::Fields&, descent::Registrar& registrar) override {
    if (start.empty()) throw descent::Error("'start' has no vector; write [0, 0], or {x: [1], y: [1]}");
    for (const auto& [name, list] : start) {
      std::vector<double> values;
      for (std::int64_t i = 0; i < repeat; ++i) values.insert(values.end(), list.begin(), list.end());
      const auto size = static_cast<std::int64_t>(values.size());
      parameters.push_back(&registrar.parameter(name.empty() ? "point" : name, "value", {size},
                                                descent::initialize::values(values)));
    }
  }

  const std::vector<descent::Parameter*>& vectors() const override { return parameters; }

 private:
  descent::NamedNumbers start;
  std::int64_t repeat = 1;
  std::vector<descent::Parameter*> parameters;
};

}  // namespace

DESCENT_MODEL(Point, "point", "free parameter vectors, for toy functions and games");
