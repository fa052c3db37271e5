#include "descent/sweep/sweep_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/config/scalar_grammar.hpp"
#include "descent/experiment/section.hpp"
#include "descent/sweep/cmaes.hpp"
#include "descent/sweep/slurm_spec.hpp"
#include "descent/sweep/sweep_axes.hpp"

namespace descent::sweep {

namespace {

using Method = SweepSpec::Method;

constexpr std::int64_t most_seeds = 10'000;
constexpr std::int64_t most_runs = 1'000'000;
constexpr std::int64_t most_batch = 1000;
constexpr std::int64_t least_population = 4;  // fewer leave cmaes a single parent

struct Unit {
  const char* name;
  double size;
};

/// `10 minutes`, `4 GiB`: a number and one of some units.
std::optional<double> read_quantity(const Value& value, const std::string& what, const std::string& example,
                                    const std::vector<Unit>& units, Diagnostics& diagnostics) {
  if (value.is(Value::Kind::text)) {
    const std::size_t space = value.text().find(' ');
    const auto count = whole_number(value.text().substr(0, space));
    const std::string unit = space == std::string::npos ? "" : value.text().substr(space + 1);
    for (const Unit& known : units)
      if (count && *count > 0 && (unit == known.name || unit + "s" == known.name))
        return static_cast<double>(*count) * known.size;
  }
  experiment::add_expectation(what, example, value, diagnostics);
  return std::nullopt;
}

std::vector<std::int64_t> read_seeds(const Value* value, const std::string& what, std::int64_t first,
                                     std::int64_t default_value, Diagnostics& diagnostics) {
  std::vector<std::int64_t> seeds;
  if (value != nullptr && value->is(Value::Kind::list)) {
    for (const Value& item : value->items()) {
      if (!item.is(Value::Kind::integer) || item.integer() < 0)
        experiment::add_expectation(what, "seeds, such as [1, 2, 3]", item, diagnostics);
      else if (std::find(seeds.begin(), seeds.end(), item.integer()) != seeds.end())
        diagnostics.add(item.location(), fmt::format("'{}' has the seed {} twice", what, item.integer()));
      else
        seeds.push_back(item.integer());
    }
    if (value->items().empty()) diagnostics.add(value->location(), fmt::format("'{}' is empty", what));
    return seeds;
  }
  std::int64_t count = default_value;
  if (value != nullptr) {
    if (value->is(Value::Kind::integer) && value->integer() >= 1 && value->integer() <= most_seeds)
      count = value->integer();
    else
      experiment::add_expectation(what,
                                  fmt::format("how many seeds, from 1 to {}, or a list of them", most_seeds),
                                  *value, diagnostics);
  }
  for (std::int64_t i = 0; i < count; ++i) seeds.push_back(first + i);
  return seeds;
}

class SpecReader {
 public:
  SpecReader(const Value* section, const TakesFractions& takes_fractions, Diagnostics& diagnostics)
      : reader_(section, "sweep", "{axes: {trainer.batch_size: {choice: [64, 128]}}, seeds: 5}", diagnostics),
        takes_fractions_(takes_fractions),
        diagnostics_(diagnostics) {
    spec_.location = reader_.location();
  }

  SweepSpec read(std::int64_t first_seed) {
    spec_.method = static_cast<Method>(reader_.choice("method", sweep_method_names(), 0));
    spec_.seeds = read_seeds(reader_.find("seeds"), "sweep.seeds", first_seed, 1, diagnostics_);
    read_sweep_axes(reader_.find("axes"), reader_.find("zip"), takes_fractions_, spec_, diagnostics_);
    read_drawing();
    read_search();
    read_objective();
    read_halving(reader_.find("halving"));
    read_protocol(reader_.find("protocol"), first_seed);
    read_limits();
    read_launcher(reader_.find("launcher"));
    reader_.finish();
    return std::move(spec_);
  }

 private:
  void read_drawing() {
    spec_.seed = static_cast<std::uint64_t>(reader_.whole("seed", 1, 0));
    const Value* runs = reader_.find("runs");
    spec_.runs = reader_.whole("runs", 0, 1, most_runs);
    const std::string method = sweep_method_names()[static_cast<std::size_t>(spec_.method)];
    if (spec_.method == Method::grid) {
      if (runs != nullptr)
        diagnostics_.add(runs->location(),
                         "'sweep.runs' is for the methods that draw; a grid has as many runs as its "
                         "axes make");
      return;
    }
    if (runs == nullptr)
      diagnostics_.add(spec_.location,
                       fmt::format("the method {} needs 'sweep.runs': how many settings it {}", method,
                                   is_search(spec_.method) ? "proposes" : "draws"),
                       codes::missing);
    const Value* axes = reader_.find("axes");
    if (axes == nullptr || (axes->is(Value::Kind::map) && axes->entries().empty()))
      diagnostics_.add(spec_.location, fmt::format("the method {} needs axes to draw from", method));
  }

  void read_search() {
    const Value* batch = reader_.find("batch");
    if (!is_search(spec_.method)) {
      if (batch != nullptr)
        diagnostics_.add(batch->location(), "'sweep.batch' is for the methods tpe and cmaes");
      return;
    }
    const bool cmaes = spec_.method == Method::cmaes;
    const auto dimensions = static_cast<std::int64_t>(std::max<std::size_t>(spec_.axes.size(), 1));
    spec_.batch = reader_.whole("batch", cmaes ? default_population(dimensions) : 4,
                                cmaes ? least_population : 1, most_batch);
    if (!cmaes) return;
    for (const Axis& axis : spec_.axes)
      if (!axis.choices.empty())
        diagnostics_.add(axis.location,
                         fmt::format("the method cmaes needs ranges, {{min: …, max: …}}: it moves a normal "
                                     "distribution, and between the choices of the axis '{}' there are no "
                                     "distances; the method tpe takes choices",
                                     axis.path));
  }

  void read_objective() {
    const Value* objective = reader_.find("objective");
    spec_.objective = reader_.text("objective", "", "mode_coverage/modes");
    if (objective != nullptr) spec_.objective_place = objective->location();
    if (spec_.method == Method::halving && spec_.objective.empty())
      diagnostics_.add(spec_.location,
                       "the method halving needs 'sweep.objective': by what it chooses who goes on");
    if (is_search(spec_.method) && spec_.objective.empty())
      diagnostics_.add(spec_.location,
                       fmt::format("the method {} needs 'sweep.objective': by what it proposes the next "
                                   "settings",
                                   sweep_method_names()[static_cast<std::size_t>(spec_.method)]));
  }

  void read_halving(const Value* section) {
    if (spec_.method != Method::halving) {
      if (section != nullptr)
        diagnostics_.add(section->location(), "'sweep.halving' is for the method halving");
      return;
    }
    experiment::SectionReader reader(section, "sweep.halving", "{first_rung: 500, reduction: 3}",
                                     diagnostics_);
    spec_.first_rung = reader.whole("first_rung", 0, 1);
    spec_.reduction = reader.whole("reduction", 3, 2, 100);
    if (reader.find("first_rung") == nullptr)
      diagnostics_.add(
          section != nullptr ? section->location() : spec_.location,
          "the method halving needs 'sweep.halving.first_rung': how many steps every setting gets");
    reader.finish();
  }

  void read_protocol(const Value* section, std::int64_t first_seed) {
    if (section == nullptr) return;
    const char* example = "deepobs, {deepobs: {seeds: 10}} or {time_to_target: {target: 0.9}}";
    const bool word = section->is(Value::Kind::text);
    const bool map = section->is(Value::Kind::map) && section->entries().size() == 1;
    const std::string name = word ? section->text() : map ? section->entries().front().key : "";
    if (name != "deepobs" && name != "time_to_target")
      return experiment::add_expectation("sweep.protocol", example, *section, diagnostics_);
    const Value* options = map ? &section->entries().front().value : nullptr;
    experiment::SectionReader reader(options, "sweep.protocol." + name, example, diagnostics_);
    if (spec_.objective.empty())
      diagnostics_.add(section->location(), fmt::format("the protocol {} needs 'sweep.objective'", name));
    if (name == "deepobs") {
      spec_.protocol = Protocol::deepobs;
      spec_.final_seeds =
          read_seeds(reader.find("seeds"), "sweep.protocol.deepobs.seeds", first_seed, 10, diagnostics_);
      if (spec_.method == Method::halving)
        diagnostics_.add(section->location(),
                         "the protocol deepobs tunes on whole runs: method grid, random or sobol");
      refuse_search(*section, name);
    } else {
      spec_.protocol = Protocol::time_to_target;
      if (const Value* target = reader.find("target"); target != nullptr && target->is_number())
        spec_.target = target->number();
      else
        diagnostics_.add(section->location(),
                         "the protocol time_to_target needs a target: {time_to_target: {target: 0.9}}");
      if (spec_.method == Method::halving)
        diagnostics_.add(section->location(),
                         "the protocol time_to_target needs whole runs: method grid, random or sobol");
      refuse_search(*section, name);
    }
    reader.finish();
  }

  void refuse_search(const Value& section, const std::string& protocol) {
    if (is_search(spec_.method))
      diagnostics_.add(section.location(),
                       fmt::format("the protocol {} compares settings that are all known before the first "
                                   "run: method grid, random or sobol",
                                   protocol));
  }

  void read_limits() {
    if (const Value* timeout = reader_.find("timeout"))
      spec_.timeout_seconds =
          read_quantity(*timeout, "sweep.timeout", "a time, such as 30 seconds, 10 minutes or 2 hours",
                        {{"seconds", 1}, {"minutes", 60}, {"hours", 3600}}, diagnostics_)
              .value_or(0);
    if (const Value* memory = reader_.find("memory"))
      spec_.memory_bytes =
          static_cast<std::int64_t>(read_quantity(*memory, "sweep.memory", "a size, such as 500 MiB or 4 GiB",
                                                  {{"MiB", 1048576.0}, {"GiB", 1073741824.0}}, diagnostics_)
                                        .value_or(0));
  }

  void read_launcher(const Value* section) {
    if (section == nullptr || (section->is(Value::Kind::text) && section->text() == "local")) return;
    const bool word = section->is(Value::Kind::text) && section->text() == "slurm";
    const Value* options = section->find("slurm");
    if (!word && (options == nullptr || section->entries().size() != 1))
      return experiment::add_expectation(
          "sweep.launcher", "local or {slurm: {partition: NAME, time: 1:00:00}}", *section, diagnostics_);
    spec_.slurm = read_slurm_spec(options, diagnostics_);
  }

  experiment::SectionReader reader_;
  const TakesFractions& takes_fractions_;
  Diagnostics& diagnostics_;
  SweepSpec spec_;
};

}  // namespace

const std::vector<std::string>& sweep_method_names() {
  static const std::vector<std::string> names = {"grid", "random", "sobol", "halving", "tpe", "cmaes"};
  return names;
}

SweepSpec read_sweep_spec(const Value& section, std::int64_t first_seed, Diagnostics& diagnostics,
                          const TakesFractions& takes_fractions) {
  const Value* there = section.is(Value::Kind::null) ? nullptr : &section;
  return SpecReader(there, takes_fractions, diagnostics).read(first_seed);
}

}  // namespace descent::sweep
