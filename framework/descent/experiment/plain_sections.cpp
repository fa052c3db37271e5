#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/experiment/sections.hpp"

namespace descent::experiment {

static std::optional<Turn> read_turn(const Value& item, Diagnostics& diagnostics) {
  const bool is_pair = item.is(Value::Kind::map) && item.entries().size() == 1;
  if (!is_pair || !item.entries()[0].value.is(Value::Kind::integer)) {
    add_expectation("trainer.turns",
                    "entries of one player or group and its number of updates, such as {generator: 1}",
                    is_pair ? item.entries()[0].value : item, diagnostics);
    return std::nullopt;
  }
  const auto& [name, count, location] = item.entries()[0];
  constexpr std::int64_t most_updates = 10'000;
  if (count.integer() < 1 || count.integer() > most_updates) {
    diagnostics.add(count.location(), fmt::format("a turn of '{}' is 1 to {} updates, not {}", name,
                                                  most_updates, count.integer()));
    return std::nullopt;
  }
  return Turn{name, count.integer(), location};
}

static void read_turns(const Value* value, TrainerSpec& trainer, Diagnostics& diagnostics) {
  if (value == nullptr) return;
  if (value->is(Value::Kind::text) && value->text() == "simultaneous") {
    trainer.simultaneous = true;
    return;
  }
  if (!value->is(Value::Kind::list))
    return add_expectation("trainer.turns",
                           "a list, such as [{discriminator: 1}, {generator: 1}], or simultaneous", *value,
                           diagnostics);
  if (value->items().empty())
    diagnostics.add(value->location(),
                    "'trainer.turns' is empty; leave it out for one update of each player");
  for (const Value& item : value->items())
    if (const auto turn = read_turn(item, diagnostics)) trainer.turns.push_back(*turn);
}

static std::optional<StopSpec> read_stop(const Value* value, Diagnostics& diagnostics) {
  if (value == nullptr) return std::nullopt;
  SectionReader reader(value, "trainer.stop", "{metric: mode_coverage/modes, target: 8}", diagnostics);
  StopSpec stop;
  stop.location = value->location();
  stop.metric = reader.text("metric", "", "mode_coverage/modes");
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  if (reader.find("target") != nullptr) stop.target = reader.number("target", 0, lowest);
  if (reader.find("patience") != nullptr) stop.patience = reader.whole("patience", 1, 1);
  const bool margin_given = reader.find("min_delta") != nullptr;
  stop.min_delta = reader.number("min_delta", 0, 0);
  reader.finish();
  if (!value->is(Value::Kind::map)) return std::nullopt;
  if (stop.metric.empty())
    diagnostics.add({stop.location, "'trainer.stop' needs 'metric', such as mode_coverage/modes",
                     codes::missing, "metric"});
  if (stop.target.has_value() == stop.patience.has_value())
    diagnostics.add(stop.location,
                    "'trainer.stop' needs either 'target' (a value to reach) or 'patience' (measurements "
                    "without improvement)");
  if (margin_given && !stop.patience)
    diagnostics.add(stop.location,
                    "'trainer.stop.min_delta' says what counts as an improvement and needs 'patience'");
  return stop;
}

PrecisionSpec read_precision(const Value* section, Diagnostics& diagnostics) {
  PrecisionSpec precision;
  if (section == nullptr) return precision;
  SectionReader reader(section, "precision", "{products: bfloat16}", diagnostics);
  precision.location = reader.location();
  const bool bfloat16 = reader.choice("products", {"exact", "bfloat16"}, 0) == 1;
  const bool emulated = reader.flag("emulated", false);
  reader.finish();
  if (bfloat16) precision.products = emulated ? ProductInputs::emulated_bfloat16 : ProductInputs::bfloat16;
  if (emulated && !bfloat16)
    diagnostics.add(precision.location, "'precision.emulated' is for 'products: bfloat16'");
  return precision;
}

TrainerSpec read_trainer(const Value* section, Diagnostics& diagnostics) {
  SectionReader reader(section, "trainer", "{batch_size: 128, steps: 20000}", diagnostics);
  TrainerSpec trainer;
  trainer.location = reader.location();
  trainer.batch_size = reader.whole("batch_size", trainer.batch_size, 1);
  if (reader.find("steps") != nullptr) {
    trainer.steps = reader.duration("steps", {}, 1);
  } else if (section != nullptr && section->is(Value::Kind::map)) {
    diagnostics.add(
        {trainer.location, "'trainer' needs 'steps', such as 20000 or 20 epochs", codes::missing, "steps"});
  }
  read_turns(reader.find("turns"), trainer, diagnostics);
  trainer.validation = reader.whole("validation", 0, 0);
  trainer.drop_last_batch = reader.choice("last_batch", {"keep", "drop"}, 0) == 1;
  trainer.shuffle_once = reader.choice("shuffle", {"every_epoch", "once"}, 0) == 1;
  trainer.prefetch = reader.flag("prefetch", trainer.prefetch);
  trainer.evaluation_batches = reader.whole("evaluation_batches", trainer.evaluation_batches, 1);
  trainer.stop = read_stop(reader.find("stop"), diagnostics);
  reader.finish();
  return trainer;
}

static std::optional<TensorLog> read_tensor_log(const Value& item, Diagnostics& diagnostics) {
  static const std::vector<std::string> words = {"values", "gradients", "updates", "slots"};
  const std::size_t before = diagnostics.size();
  SectionReader reader(&item, "log.tensors", "{values: generator.*, every: 5000}", diagnostics);
  TensorLog log;
  log.location = item.location();
  int given = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string pattern = reader.text(words[i], "", "generator.*");
    if (pattern.empty()) continue;
    log.what = static_cast<TensorLog::What>(i);
    log.pattern = pattern;
    ++given;
  }
  log.every = reader.duration("every", {}, 1);
  const bool histogram = reader.flag("histogram", false), summary = reader.flag("summary", false);
  if (histogram) log.as = TensorLog::As::histograms;
  if (summary) log.as = TensorLog::As::summaries;
  if (histogram && summary)
    diagnostics.add(log.location,
                    "an entry of 'log.tensors' is a histogram or a summary; write two entries for both");
  const bool every_given = reader.find("every") != nullptr;
  reader.finish();
  if (diagnostics.size() == before && given != 1)
    diagnostics.add(log.location,
                    fmt::format("an entry of 'log.tensors' names one of {} and a pattern, such as {{values: "
                                "generator.*, every: 5000}}",
                                join(words)));
  if (diagnostics.size() == before && !every_given)
    diagnostics.add({log.location, "an entry of 'log.tensors' needs 'every', such as every: 5000",
                     codes::missing, "every"});
  if (diagnostics.size() > before) return std::nullopt;
  return log;
}

const std::vector<std::string>& optimizer_measure_names() {
  static const std::vector<std::string> names = {"gradient_norm", "update_norm",   "value_norm",
                                                 "update_ratio",  "update_cosine", "effective_learning_rate"};
  return names;
}

static std::optional<OptimizerLog> read_optimizer_log(const Value* value, Diagnostics& diagnostics) {
  if (value == nullptr) return std::nullopt;
  SectionReader reader(value, "log.optimizer", "{every: 100, per: parameter}", diagnostics);
  OptimizerLog log;
  log.location = value->location();
  log.every = reader.duration("every", {1, Duration::Unit::steps}, 1);
  log.per_parameter = reader.choice("per", {"player", "parameter"}, 0) == 1;
  const auto& names = optimizer_measure_names();
  const auto measure_named = [&](const Value& word) {
    const auto found =
        word.is(Value::Kind::text) ? std::find(names.begin(), names.end(), word.text()) : names.end();
    if (found == names.end())
      return add_expectation("log.optimizer.measures", "names among " + join(names), word, diagnostics);
    log.measures.push_back(static_cast<OptimizerLog::Measure>(found - names.begin()));
  };
  if (const Value* measures = reader.find("measures")) {
    if (measures->is(Value::Kind::list))
      for (const Value& word : measures->items()) measure_named(word);
    else
      measure_named(*measures);
    if (measures->is(Value::Kind::list) && measures->items().empty())
      diagnostics.add(measures->location(),
                      "'log.optimizer.measures' is empty; leave it out for all of them");
  } else {
    for (std::size_t i = 0; i < names.size(); ++i)
      log.measures.push_back(static_cast<OptimizerLog::Measure>(i));
  }
  reader.finish();
  return log;
}

LogSpec read_log(const Value* section, Diagnostics& diagnostics) {
  SectionReader reader(section, "log", "{metrics: {every: 50}}", diagnostics);
  LogSpec log;
  SectionReader metrics(reader.find("metrics"), "log.metrics", "{every: 50}", diagnostics);
  log.metrics_every = metrics.duration("every", log.metrics_every, 1);
  metrics.finish();
  log.optimizer = read_optimizer_log(reader.find("optimizer"), diagnostics);
  SectionReader samples(reader.find("samples"), "log.samples", "{every: 500, count: 64}", diagnostics);
  log.samples_every = samples.duration("every", log.samples_every, 0);
  log.samples_count = samples.whole("count", log.samples_count, 1);
  log.samples_show = samples.choice("show", {"mean", "sample"}, 0) == 1 ? Show::sample : Show::mean;
  samples.finish();
  if (const Value* tensors = reader.find("tensors")) {
    if (!tensors->is(Value::Kind::list))
      add_expectation("log.tensors", "a list, such as [{values: generator.*, every: 5000}]", *tensors,
                      diagnostics);
    else
      for (const Value& item : tensors->items())
        if (const auto tensor = read_tensor_log(item, diagnostics)) log.tensors.push_back(*tensor);
  }
  log.compress_tensors = reader.choice("compression", {"none", "gzip"}, 0) == 1;
  reader.finish();
  return log;
}

CheckpointSpec read_checkpoint(const Value* section, Diagnostics& diagnostics) {
  SectionReader reader(section, "checkpoint", "{every: 1000, keep: 2}", diagnostics);
  CheckpointSpec checkpoint;
  checkpoint.every = reader.duration("every", checkpoint.every, 0, Minutes::allowed);
  checkpoint.keep = reader.whole("keep", checkpoint.keep, 1);
  checkpoint.best = reader.text("best", "", "mode_coverage/modes");
  if (const Value* best = reader.find("best")) checkpoint.best_location = best->location();
  reader.finish();
  return checkpoint;
}

}  // namespace descent::experiment
