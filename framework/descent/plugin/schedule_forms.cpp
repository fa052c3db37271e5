#include "descent/plugin/schedule_forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "descent/base/text.hpp"
#include "descent/plugin/schedule_shapes.hpp"

namespace descent {

namespace {

using namespace schedule_shapes;
using Made = std::shared_ptr<const Schedule::Form>;

Made make_exponential(ScheduleArguments& a, const char* rate_key, bool stairs) {
  const double from = a.number("from");
  const double rate = a.number(rate_key);
  return std::make_shared<Exponential>(from, rate, a.duration("every"), stairs);
}

Made make_piecewise(ScheduleArguments& a) {
  const auto values = a.numbers("values"), boundaries = a.durations("boundaries");
  if (!values || !boundaries) return nullptr;  // numbers() has said why
  if (values->empty()) {
    a.problem("values", "a list of numbers that is not empty");
    return nullptr;
  }
  if (values->size() != boundaries->size() + 1)
    a.problem("boundaries", fmt::format("a list of {}, one less than there are values",
                                        counted(std::ssize(*values) - 1, "step")));
  const bool rising = !a.knows_steps() || std::adjacent_find(boundaries->begin(), boundaries->end(),
                                                             std::greater_equal<>()) == boundaries->end();
  const bool steps = std::all_of(boundaries->begin(), boundaries->end(),
                                 [](double b) { return b >= 1 && b == std::floor(b); });
  if (!rising || !steps) a.problem("boundaries", "a list of steps (whole numbers from 1) that rise");
  return std::make_shared<Piecewise>(*values, *boundaries);
}

Made make_polynomial(ScheduleArguments& a, bool with_power) {
  const double from = a.number("from"), to = a.number("to");
  const std::int64_t steps = a.duration("steps");
  return std::make_shared<Polynomial>(from, to, steps, with_power ? a.number("power") : 1.0);
}

using Key = ScheduleKey;
const Key from_key{"from", Key::Kind::number, "the value at step 1"};
const Key to_key{"to", Key::Kind::number, "the value from step `steps` + 1 on"};
const Key steps_key{
    "steps", Key::Kind::duration,
    "how many steps it takes from one to the other; 20 epochs, too, as in all that counts steps"};

const std::array rows = {
    ScheduleRow{"constant",
                "one number, the same as writing it alone",
                {{"value", Key::Kind::number, "the number"}},
                "{schedule: constant, value: 1.0e-3}",
                nullptr},
    ScheduleRow{"linear",
                "a straight line",
                {from_key, to_key, steps_key},
                "{schedule: linear, from: 1.0e-3, to: 0, steps: 10000}",
                [](ScheduleArguments& a) { return make_polynomial(a, false); }},
    ScheduleRow{"cosine",
                "half a cosine, without restarts (Loshchilov and Hutter, SGDR, 2017)",
                {from_key, to_key, steps_key},
                "{schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}",
                [](ScheduleArguments& a) -> Made {
                  const double start = a.number("from"), end = a.number("to");
                  return std::make_shared<Cosine>(start, end, a.duration("steps"));
                }},
    ScheduleRow{"exponential",
                "from · rate^((step − 1)/every)",
                {from_key,
                 {"rate", Key::Kind::positive, "the factor over `every` steps"},
                 {"every", Key::Kind::duration, "how many steps the factor is for", 1}},
                "{schedule: exponential, from: 1.0e-3, rate: 0.5, every: 1000}",
                [](ScheduleArguments& a) { return make_exponential(a, "rate", false); }},
    ScheduleRow{"step",
                "stairs: times `factor` after every `every` steps",
                {from_key,
                 {"factor", Key::Kind::positive, "the factor of each stair"},
                 {"every", Key::Kind::duration, "how many steps a stair lasts"}},
                "{schedule: step, from: 0.1, factor: 0.1, every: 5000}",
                [](ScheduleArguments& a) { return make_exponential(a, "factor", true); }},
    ScheduleRow{"inverse_sqrt",
                "from · min(step/warmup, √(warmup/step)) (Vaswani et al., 2017, equation 3)",
                {{"from", Key::Kind::number, "the highest value, at step `warmup`"},
                 {"warmup", Key::Kind::duration, "how many steps it rises", 1}},
                "{schedule: inverse_sqrt, from: 1.0e-3, warmup: 4000}",
                [](ScheduleArguments& a) -> Made {
                  const double highest = a.number("from");
                  return std::make_shared<InverseSquareRoot>(highest, a.duration("warmup"));
                }},
    ScheduleRow{"inverse_time",
                "from/(1 + (step − 1) · rate) (Bottou, 2012, section 5.2)",
                {from_key, {"rate", Key::Kind::positive, "how fast it falls"}},
                "{schedule: inverse_time, from: 0.1, rate: 1.0e-3}",
                [](ScheduleArguments& a) -> Made {
                  const double start = a.number("from");
                  return std::make_shared<InverseTime>(start, a.number("rate"));
                }},
    ScheduleRow{"polynomial",
                "to + (from − to) · (1 − (step − 1)/steps)^power (Chen et al., DeepLab, 2017, section 3.1)",
                {from_key, to_key, steps_key, {"power", Key::Kind::positive, "1 is a straight line"}},
                "{schedule: polynomial, from: 1.0e-3, to: 0, steps: 10000, power: 0.9}",
                [](ScheduleArguments& a) { return make_polynomial(a, true); }},
    ScheduleRow{
        "warmup",
        "a straight line up to the first value of another schedule, then that one from its own step 1 "
        "(Goyal et al., 2017, section 2.2)",
        {{"steps", Key::Kind::duration, "how many steps the line takes"},
         {"then", Key::Kind::schedule, "what follows"},
         {"from", Key::Kind::number, "where the line begins, at step 0", 0}},
        "{schedule: warmup, steps: 500, then: {schedule: cosine, from: 1.0e-3, to: 0, steps: 9500}}",
        [](ScheduleArguments& a) -> Made {
          const std::int64_t rise = a.duration("steps");
          Schedule then = a.schedule("then");
          return std::make_shared<Warmup>(rise, std::move(then), a.number("from"));
        }},
    ScheduleRow{"piecewise",
                "constant between steps that are given",
                {{"values", Key::Kind::numbers, "one after the other; the last for ever"},
                 {"boundaries", Key::Kind::durations,
                  "the last step of each value but the last: steps or epochs that rise"}},
                "{schedule: piecewise, values: [0.1, 0.01, 0.001], boundaries: [5000, 8000]}",
                make_piecewise},
    ScheduleRow{
        "one_cycle",
        "half a cosine up to the maximum and another down (Smith and Topin, 2018, section 3)",
        {{"maximum", Key::Kind::number, "the highest value"},
         {"steps", Key::Kind::duration, "how many steps the cycle takes; the last one has the last value"},
         {"start_fraction", Key::Kind::fraction, "the value at step 1, of the maximum", 0.04},
         {"end_fraction", Key::Kind::fraction, "the last value, of the maximum", 4e-6},
         {"rise", Key::Kind::fraction, "the share of the steps that go up", 0.3}},
        "{schedule: one_cycle, maximum: 1.0e-3, steps: 10000}",
        [](ScheduleArguments& a) -> Made {
          const double maximum = a.number("maximum");
          const std::int64_t length = a.duration("steps");
          const double start = a.number("start_fraction"), end = a.number("end_fraction");
          return std::make_shared<OneCycle>(maximum, length, start, end, a.number("rise"));
        }},
};

}  // namespace

std::span<const ScheduleRow> schedule_rows() {
  return rows;
}

}  // namespace descent
