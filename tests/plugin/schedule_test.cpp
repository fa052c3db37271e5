#include "descent/plugin/schedule.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "descent/experiment/yaml.hpp"
#include "descent/plugin/schedule_forms.hpp"
#include "support/diagnostic_lines.hpp"

using descent::Diagnostics;
using descent::Schedule;
using descent::Value;

namespace {

using Entries = std::vector<Value::Entry>;

Value form(const char* name, Entries keys) {
  keys.insert(keys.begin(), {"schedule", Value::of(name).at({"a.yaml", 2, 9}), {}});
  for (Value::Entry& entry : keys) entry.key_location = {"a.yaml", 2, 3};
  return Value::map(std::move(keys)).at({"a.yaml", 2, 1});
}

Value list(std::initializer_list<int> items) {
  Value result = Value::list();
  for (const int item : items) result.items().push_back(Value::of(item));
  return result;
}

Schedule parse(const Value& value) {
  Diagnostics diagnostics;
  const Schedule schedule = Schedule::parse(value, diagnostics);
  diagnostics.throw_if_any();
  return schedule;
}

std::vector<std::string> problems_of(const Value& value) {
  Diagnostics diagnostics;
  Schedule::parse(value, diagnostics);
  return descent::testing::lines_of(diagnostics);
}

Schedule between(const char* name, double from, double to, std::int64_t steps, Entries more = {}) {
  more.insert(more.begin(),
              {{"from", Value::of(from), {}}, {"to", Value::of(to), {}}, {"steps", Value::of(steps), {}}});
  return parse(form(name, more));
}

double number_between(double low, double high) {
  return low + (high - low) * *rc::gen::inRange(0, 1000001) * 1e-6;
}

void holds(const char* what, const std::function<void()>& property) {
  REQUIRE(rc::check(what, property));
}

}  // namespace

using Lines = std::vector<std::string>;

TEST_CASE("a number is the constant schedule") {
  const Schedule schedule = parse(Value::of(0.25));
  CHECK(schedule.constant());
  CHECK(schedule.current() == 0.25);
  CHECK(schedule.at(1000000) == 0.25);
  CHECK(parse(Value::of(3)).current() == 3);
  CHECK(parse(form("constant", {{"value", Value::of(2), {}}})).current() == 2);
}

TEST_CASE("the closed forms of the schedules") {
  const Schedule linear = between("linear", 1, 0, 10);
  CHECK(linear.current() == 1);
  CHECK(linear.at(6) == Approx(0.5));
  CHECK(linear.at(11) == 0);
  CHECK(linear.at(1000) == 0);

  const Schedule cosine = between("cosine", 2, 1, 8);
  CHECK(cosine.at(1) == 2);
  CHECK(cosine.at(3) == Approx(1 + 0.5 * (1 + std::sqrt(0.5))));
  CHECK(cosine.at(5) == Approx(1.5));
  CHECK(cosine.at(9) == 1);

  const Schedule polynomial = between("polynomial", 1, 0.5, 10, {{"power", Value::of(2), {}}});
  CHECK(polynomial.at(6) == Approx(0.5 + 0.5 * 0.25));

  const Schedule exponential =
      parse(form("exponential",
                 {{"from", Value::of(8), {}}, {"rate", Value::of(0.5), {}}, {"every", Value::of(2), {}}}));
  CHECK(exponential.at(1) == 8);
  CHECK(exponential.at(2) == Approx(8 * std::sqrt(0.5)));
  CHECK(exponential.at(3) == Approx(4));

  const Schedule stairs = parse(form(
      "step", {{"from", Value::of(8), {}}, {"factor", Value::of(0.5), {}}, {"every", Value::of(2), {}}}));
  CHECK(stairs.at(2) == 8);
  CHECK(stairs.at(3) == 4);
  CHECK(stairs.at(5) == 2);

  const Schedule inverse_time =
      parse(form("inverse_time", {{"from", Value::of(1), {}}, {"rate", Value::of(0.5), {}}}));
  CHECK(inverse_time.at(1) == 1);
  CHECK(inverse_time.at(3) == 0.5);
}

TEST_CASE("the inverse square root rises to its peak at the end of the warm-up") {
  const Schedule plain = parse(form("inverse_sqrt", {{"from", Value::of(6), {}}}));
  CHECK(plain.at(1) == 6);
  CHECK(plain.at(4) == 3);
  const Schedule warm =
      parse(form("inverse_sqrt", {{"from", Value::of(6), {}}, {"warmup", Value::of(10), {}}}));
  CHECK(warm.at(1) == Approx(0.6));
  CHECK(warm.at(10) == 6);
  CHECK(warm.at(40) == 3);
}

TEST_CASE("a warm-up leads to the first value of the schedule behind it") {
  const Schedule warm = parse(form("warmup", {{"steps", Value::of(4), {}}, {"then", Value::of(2), {}}}));
  CHECK(warm.at(1) == 0.5);
  CHECK(warm.at(4) == 2);
  CHECK(warm.at(5) == 2);
  const Value then =
      form("step", {{"from", Value::of(8), {}}, {"factor", Value::of(0.5), {}}, {"every", Value::of(1), {}}});
  const Schedule falling =
      parse(form("warmup", {{"steps", Value::of(2), {}}, {"then", then, {}}, {"from", Value::of(4), {}}}));
  CHECK(falling.at(1) == 6);
  CHECK(falling.at(2) == 8);
  CHECK(falling.at(3) == 8);
  CHECK(falling.at(4) == 4);
}

TEST_CASE("a piecewise schedule keeps each value up to its boundary") {
  const Schedule pieces =
      parse(form("piecewise", {{"values", list({3, 1, 2}), {}}, {"boundaries", list({2, 5}), {}}}));
  CHECK(pieces.at(1) == 3);
  CHECK(pieces.at(2) == 3);
  CHECK(pieces.at(3) == 1);
  CHECK(pieces.at(5) == 1);
  CHECK(pieces.at(6) == 2);
  CHECK(pieces.min() == 1);
  CHECK(pieces.max() == 3);
}

TEST_CASE("one cycle rises to its maximum and falls below its start") {
  const Schedule cycle =
      parse(form("one_cycle", {{"maximum", Value::of(1), {}}, {"steps", Value::of(100), {}}}));
  CHECK(cycle.at(1) == Approx(0.04));
  CHECK(cycle.at(31) == Approx(1));
  CHECK(cycle.at(16) == Approx(0.52));
  CHECK(cycle.at(101) == Approx(4e-6));
  CHECK(cycle.at(100000) == Approx(4e-6));
}

TEST_CASE("schedules between two ends start at one, end at the other, and go one way") {
  holds("linear, cosine and polynomial", [] {
    const double from = number_between(-2, 2), to = number_between(-2, 2);
    const std::int64_t steps = *rc::gen::inRange(1, 200);
    const double power = number_between(0.25, 4);
    for (const char* name : {"linear", "cosine", "polynomial"}) {
      Entries more;
      if (std::string(name) == "polynomial") more.push_back({"power", Value::of(power), {}});
      const Schedule schedule = between(name, from, to, steps, more);
      RC_ASSERT(std::abs(schedule.at(1) - from) < 1e-12);
      RC_ASSERT(schedule.at(steps + 1) == to);
      RC_ASSERT(schedule.at(steps + 1000) == to);
      const double direction = to > from ? 1 : -1;
      for (std::int64_t step = 1; step <= steps; ++step)
        RC_ASSERT(direction * (schedule.at(step + 1) - schedule.at(step)) >= -1e-12);
    }
  });
}

TEST_CASE("no schedule leaves the range that it says") {
  holds("least() and greatest() bound at()", [] {
    const double from = number_between(-2, 2), to = number_between(-2, 2);
    const double rate = number_between(0.1, 1.2);
    const std::int64_t steps = *rc::gen::inRange(1, 50);
    const Value cosine =
        form("cosine",
             {{"from", Value::of(from), {}}, {"to", Value::of(to), {}}, {"steps", Value::of(steps), {}}});
    const std::vector<Value> all = {
        cosine,
        form("exponential", {{"from", Value::of(from), {}}, {"rate", Value::of(rate), {}}}),
        form("step", {{"from", Value::of(from), {}},
                      {"factor", Value::of(rate), {}},
                      {"every", Value::of(steps), {}}}),
        form("inverse_sqrt", {{"from", Value::of(from), {}}, {"warmup", Value::of(steps), {}}}),
        form("inverse_time", {{"from", Value::of(from), {}}, {"rate", Value::of(rate), {}}}),
        form("warmup",
             {{"steps", Value::of(steps), {}}, {"then", cosine, {}}, {"from", Value::of(rate), {}}}),
        form("one_cycle", {{"maximum", Value::of(from), {}}, {"steps", Value::of(steps), {}}})};
    for (const Value& value : all) {
      const Schedule schedule = parse(value);
      for (std::int64_t step = 1; step < 200; ++step) {
        RC_ASSERT(schedule.at(step) >= schedule.min() - 1e-12);
        RC_ASSERT(schedule.at(step) <= schedule.max() + 1e-12);
      }
    }
  });
}

TEST_CASE("a limit that is only approached lies within the range, but is not reached") {
  const Schedule falling =
      parse(form("exponential", {{"from", Value::of(1), {}}, {"rate", Value::of(0.5), {}}}));
  CHECK(falling.min() > 0);
  CHECK(falling.min() < 1e-300);
  const Schedule growing =
      parse(form("exponential", {{"from", Value::of(1), {}}, {"rate", Value::of(2), {}}}));
  CHECK(growing.max() == std::numeric_limits<double>::infinity());
}

TEST_CASE("evaluate() moves current()") {
  Schedule schedule = between("linear", 1, 0, 10);
  schedule.evaluate(6);
  CHECK(schedule.current() == Approx(0.5));
  const Schedule copy = schedule;
  CHECK(copy.current() == Approx(0.5));
  CHECK(copy.at(1) == 1);
}

TEST_CASE("what is wrong with a schedule is said with its place") {
  CHECK(problems_of(form("cosin", {})) ==
        Lines{"a.yaml:2:9: there is no schedule 'cosin'; did you mean 'cosine'?"});
  CHECK(problems_of(form("cosine", {{"from", Value::of(1), {}}, {"to", Value::of(0), {}}})) ==
        Lines{"a.yaml:2:1: schedule 'cosine' needs 'steps': a whole number of at least 1"});
  CHECK(problems_of(form("inverse_sqrt", {{"from", Value::of(1), {}}, {"warmpu", Value::of(0), {}}})) ==
        Lines{"a.yaml:2:3: schedule 'inverse_sqrt' has no 'warmpu'; did you mean 'warmup'?"});
  CHECK(
      problems_of(form("linear",
                       {{"from", Value::of("x"), {}}, {"to", Value::of(0), {}}, {"steps", Value::of(0), {}}}))
          .size() == 2);
  CHECK(problems_of(form("piecewise", {{"values", list({1, 2}), {}}, {"boundaries", list({1, 2}), {}}}))
            .size() == 1);
  CHECK(problems_of(form("piecewise", {{"values", list({1, 2, 3}), {}}, {"boundaries", list({5, 5}), {}}}))
            .size() == 1);
  CHECK(problems_of(form("piecewise", {{"values", list({}), {}}, {"boundaries", list({}), {}}})).size() == 1);
  CHECK(problems_of(form("piecewise", {{"values", list({1, 2}), {}}})) ==
        Lines{"a.yaml:2:1: schedule 'piecewise' needs 'boundaries': a list of numbers"});
  CHECK(problems_of(form("piecewise", {{"values", list({1, 2}), {}}, {"boundaries", Value::of(5), {}}}))
            .size() == 1);
  CHECK(
      problems_of(form("warmup", {{"steps", Value::of(3), {}}, {"then", form("nothing", {}), {}}})).size() ==
      1);
  CHECK(problems_of(
            form("one_cycle",
                 {{"maximum", Value::of(1), {}}, {"steps", Value::of(3), {}}, {"rise", Value::of(2), {}}}))
            .size() == 1);
  CHECK(problems_of(Value::of("fast")).size() == 1);
  CHECK(problems_of(Value::map()).size() == 1);
  CHECK(problems_of(Value::map({{"schedule", Value::of(3), {}}})).size() == 1);
}

TEST_CASE("every form that is named can be asked for") {
  for (const std::string& name : Schedule::form_names()) {
    INFO(name);
    for (const std::string& line : problems_of(form(name.c_str(), {})))
      CHECK(line.find("there is no schedule") == std::string::npos);
  }
  CHECK(Schedule::form_names().size() == 11);
}

TEST_CASE("the example of every schedule is sound, and every key that it needs is in it") {
  for (const descent::ScheduleRow& row : descent::schedule_rows()) {
    CAPTURE(row.name);
    Diagnostics diagnostics;
    const Value example = descent::experiment::parse_yaml(row.example, "example", diagnostics);
    Schedule::parse(example, diagnostics);
    diagnostics.throw_if_any();
    CHECK(example.find("schedule")->text() == row.name);
    for (const descent::ScheduleKey& key : row.keys) {
      if (key.default_value) continue;
      Value without = example;
      without.erase(key.name);
      CHECK(problems_of(without).size() == 1);
    }
  }
}

TEST_CASE("the last step of one cycle plays its last value") {
  for (const std::int64_t steps : {1, 2, 3, 10, 100}) {
    const Schedule cycle =
        parse(form("one_cycle", {{"maximum", Value::of(2), {}}, {"steps", Value::of(steps), {}}}));
    INFO(steps);
    CHECK(cycle.at(steps) == 2 * 4e-6);
    CHECK(cycle.at(steps + 1) == 2 * 4e-6);
    if (steps > 3) CHECK(cycle.at(steps - 1) > 2 * 4e-6);
  }
  const Schedule rising =
      parse(form("one_cycle",
                 {{"maximum", Value::of(2), {}}, {"steps", Value::of(10), {}}, {"rise", Value::of(1), {}}}));
  CHECK(rising.at(10) == 2);
}

TEST_CASE("durations of schedules may be epochs, once their length is known") {
  Schedule schedule = parse(
      form("cosine",
           {{"from", Value::of(1), {}}, {"to", Value::of(0), {}}, {"steps", Value::of("2 epochs"), {}}}));
  CHECK(schedule.counts_epochs());
  CHECK(schedule.location().text() == "a.yaml:2:1");
  Diagnostics diagnostics;
  schedule.set_epoch({.batches = 5, .batches_per_step = 1}, diagnostics);
  CHECK(diagnostics.empty());
  const Schedule steps = between("cosine", 1, 0, 10);
  for (std::int64_t step = 1; step < 15; ++step) CHECK(schedule.at(step) == steps.at(step));
  // Ten batches in steps of three: the fourth step has dealt them.
  CHECK(descent::EpochLength{5, 3}.steps(2) == 4);
  CHECK(descent::EpochLength{5, 1}.steps(std::numeric_limits<std::int64_t>::max()) ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(!parse(Value::of(3)).counts_epochs());
  CHECK(problems_of(form("cosine", {{"from", Value::of(1), {}},
                                    {"to", Value::of(0), {}},
                                    {"steps", Value::of("10 minutes"), {}}}))
            .size() == 1);
}

TEST_CASE("epochs may be inside of other schedules, and beside steps") {
  const Value cosine = form(
      "cosine", {{"from", Value::of(1), {}}, {"to", Value::of(0), {}}, {"steps", Value::of("1 epoch"), {}}});
  Schedule warm = parse(form("warmup", {{"steps", Value::of(2), {}}, {"then", cosine, {}}}));
  REQUIRE(warm.counts_epochs());
  Diagnostics diagnostics;
  warm.set_epoch({.batches = 4}, diagnostics);
  CHECK(warm.at(3) == 1);
  CHECK(warm.at(5) == Approx(0.5));
  CHECK(warm.at(7) == 0);
  Value boundaries = Value::list({Value::of(6), Value::of("2 epochs")});
  Schedule pieces =
      parse(form("piecewise", {{"values", list({3, 1, 2}), {}}, {"boundaries", boundaries, {}}}));
  pieces.set_epoch({.batches = 4}, diagnostics);
  CHECK(diagnostics.empty());
  CHECK(pieces.at(6) == 3);
  CHECK(pieces.at(8) == 1);
  CHECK(pieces.at(9) == 2);
  pieces.set_epoch({.batches = 3}, diagnostics);  // 6 and 6 do not rise
  CHECK(diagnostics.size() == 1);
}
