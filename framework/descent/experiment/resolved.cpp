#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/experiment/sections.hpp"

namespace descent::experiment {

static Value duration_value(const Duration& duration) {
  switch (duration.unit) {
    case Duration::Unit::steps:
      return Value::of(duration.count);
    case Duration::Unit::epochs:
      return Value::of(fmt::format("{} epochs", duration.count));
    case Duration::Unit::minutes:
      return Value::of(fmt::format("{} minutes", duration.count));
  }
  return {};
}

// The plugin first, then the host's keys, then the options.
static Value use_value(const PluginUse& use, const Value& host_keys) {
  Value value = Value::map();
  value.set("plugin", *use.section.find("plugin"));
  for (const auto& entry : host_keys.entries()) value.set(entry.key, entry.value);
  for (const std::string& option : use.plugin->options().names())
    if (const Value* given = use.section.find(option)) value.set(option, *given);
  return value;
}

static Value dataset_value(const PluginUse& use) {
  Value host = Value::map();
  if (const Value* transforms = use.section.find("transforms")) host.set("transforms", *transforms);
  return use_value(use, host);
}

static Value list_or_one(std::vector<Value> items) {
  return items.size() == 1 ? std::move(items.front()) : Value::list(std::move(items));
}

static Value loss_value(const LossItem& item) {
  Value host = Value::map();
  host.set("name", Value::of(item.name));
  const Value* weight = item.section.find("weight");
  host.set("weight", weight == nullptr || weight->is(Value::Kind::null) ? Value::of(1.0) : *weight);
  host.set("every", Value::of(item.every));
  if (!item.players.empty()) {
    Value& players = host.set("players", Value::list());
    for (const std::string& player : item.players) players.items().push_back(Value::of(player));
  }
  return use_value(item, host);
}

static Value chain_value(const Chain& chain) {
  std::vector<Value> rules;
  for (const Rule& rule : chain) {
    Value host = Value::map();
    host.set("name", Value::of(rule.name));
    if (rule.fallback_is_frozen) host.set("fallback", Value::of("frozen"));
    if (!rule.fallback.empty()) host.set("fallback", chain_value(rule.fallback));
    rules.push_back(use_value(rule, host));
  }
  return list_or_one(std::move(rules));
}

static Value optimizer_value(const std::vector<ChainSpec>& specs) {
  if (specs.size() == 1 && specs[0].key.empty()) return chain_value(specs[0].rules);
  Value value = Value::map();
  for (const ChainSpec& spec : specs)
    value.set(spec.key, spec.frozen ? Value::of("frozen") : chain_value(spec.rules));
  return value;
}

static Value stop_value(const StopSpec& stop) {
  Value value = Value::map();
  value.set("metric", Value::of(stop.metric));
  if (stop.target) value.set("target", Value::of(*stop.target));
  if (stop.patience) {
    value.set("patience", Value::of(*stop.patience));
    value.set("min_delta", Value::of(stop.min_delta));
  }
  return value;
}

static Value trainer_value(const TrainerSpec& trainer) {
  Value value = Value::map();
  value.set("batch_size", Value::of(trainer.batch_size));
  value.set("steps", duration_value(trainer.steps));
  if (trainer.simultaneous) value.set("turns", Value::of("simultaneous"));
  if (!trainer.turns.empty()) {
    Value& turns = value.set("turns", Value::list());
    for (const Turn& turn : trainer.turns)
      turns.items().push_back(Value::map({{turn.name, Value::of(turn.count), {}}}));
  }
  value.set("validation", Value::of(trainer.validation));
  value.set("last_batch", Value::of(trainer.drop_last_batch ? "drop" : "keep"));
  value.set("shuffle", Value::of(trainer.shuffle_once ? "once" : "every_epoch"));
  value.set("prefetch", Value::of(trainer.prefetch));
  value.set("evaluation_batches", Value::of(trainer.evaluation_batches));
  if (trainer.stop) value.set("stop", stop_value(*trainer.stop));
  return value;
}

static Value metric_value(const MetricItem& item) {
  Value host = Value::map();
  host.set("name", Value::of(item.name));
  if (item.split_given) host.set("split", *item.section.find("split"));
  host.set("every", duration_value(item.every));
  if (item.batch_size > 0) host.set("batch_size", Value::of(item.batch_size));
  if (!item.at.empty()) host.set("at", *item.section.find("at"));
  return use_value(item, host);
}

static Value log_value(const LogSpec& log) {
  static const char* const words[] = {"values", "gradients", "updates", "slots"};
  Value metrics = Value::map(), samples = Value::map(), tensors = Value::list();
  metrics.set("every", duration_value(log.metrics_every));
  samples.set("every", duration_value(log.samples_every));
  samples.set("count", Value::of(log.samples_count));
  samples.set("show", Value::of(log.samples_show == Show::sample ? "sample" : "mean"));
  for (const TensorLog& tensor : log.tensors) {
    Value entry = Value::map();
    entry.set(words[static_cast<std::size_t>(tensor.what)], Value::of(tensor.pattern));
    entry.set("every", duration_value(tensor.every));
    entry.set("histogram", Value::of(tensor.as == TensorLog::As::histograms));
    entry.set("summary", Value::of(tensor.as == TensorLog::As::summaries));
    tensors.items().push_back(std::move(entry));
  }
  Value value = Value::map();
  value.set("metrics", std::move(metrics));
  if (log.optimizer) {
    Value& optimizer = value.set("optimizer", Value::map());
    optimizer.set("every", duration_value(log.optimizer->every));
    optimizer.set("per", Value::of(log.optimizer->per_parameter ? "parameter" : "player"));
    Value& measures = optimizer.set("measures", Value::list());
    for (const auto measure : log.optimizer->measures)
      measures.items().push_back(Value::of(optimizer_measure_names()[static_cast<std::size_t>(measure)]));
  }
  value.set("samples", std::move(samples));
  value.set("tensors", std::move(tensors));
  value.set("compression", Value::of(log.compress_tensors ? "gzip" : "none"));
  return value;
}

Value resolved_experiment(const Experiment& experiment) {
  Value value = Value::map();
  value.set("name", Value::of(experiment.name));
  value.set("seed", Value::of(static_cast<std::int64_t>(experiment.seed)));
  value.set("threads", Value::of(experiment.threads));
  const ProductInputs products = experiment.precision.products;
  Value& precision = value.set("precision", Value::map());
  precision.set("products", Value::of(products == ProductInputs::exact ? "exact" : "bfloat16"));
  precision.set("emulated", Value::of(products == ProductInputs::emulated_bfloat16));
  Value& folders = value.set("plugins", Value::list());
  for (const auto& folder : experiment.plugin_folders) folders.items().push_back(Value::of(folder.string()));
  const Value no_keys = Value::map();
  if (experiment.dataset) value.set("dataset", dataset_value(*experiment.dataset));
  value.set("model", use_value(experiment.model, no_keys));
  std::vector<Value> losses, metrics;
  for (const LossItem& item : experiment.losses) losses.push_back(loss_value(item));
  value.set("loss", list_or_one(std::move(losses)));
  value.set("optimizer", optimizer_value(experiment.optimizer));
  value.set("trainer", trainer_value(experiment.trainer));
  for (const MetricItem& item : experiment.metrics) metrics.push_back(metric_value(item));
  value.set("metrics", Value::list(std::move(metrics)));
  value.set("log", log_value(experiment.log));
  Value& checkpoint = value.set("checkpoint", Value::map());
  checkpoint.set("every", duration_value(experiment.checkpoint.every));
  checkpoint.set("keep", Value::of(experiment.checkpoint.keep));
  if (!experiment.checkpoint.best.empty()) checkpoint.set("best", Value::of(experiment.checkpoint.best));
  return value;
}

}  // namespace descent::experiment
