#include "descent/run/state.hpp"

#include <fmt/format.h>

#include <functional>

#include "descent/runlog/checkpoint.hpp"
#include "descent/train/training.hpp"

namespace descent::run {

namespace {

// Every array of the state with its name, in a fixed order: the one list that saving and loading share.
void each_tensor(train::Training& training, const NamedTensors& extras,
                 const std::function<void(const std::string& name, Tensor& tensor)>& visit) {
  for (const auto& parameter : training.registrar().parameters())
    visit("parameters/" + parameter->name, parameter->value);
  for (auto& units : training.units()) {
    for (chain::ChainUnit& unit : units) {
      for (chain::RuleState& state : unit.rules) {
        for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
          for (std::size_t s = 0; s < state.slots[p].size(); ++s)
            visit(fmt::format("slots/{}.{}/{}", state.rule->name, state.slot_names[p][s],
                              unit.parameters[p]->name),
                  state.slots[p][s]);
        }
      }
    }
  }
  for (auto [name, tensor] : extras) visit("extras/" + name, tensor);
}

// Units have no name of their own: the first of their parameters stands for them.
std::string unit_name(const chain::ChainUnit& unit) {
  return unit.parameters.front()->name;
}

void each_unit(train::Training& training, const std::function<void(chain::ChainUnit& unit)>& visit) {
  for (auto& units : training.units())
    for (chain::ChainUnit& unit : units) visit(unit);
}

void save_stopping(const std::string& name, const StoppingState& state, runlog::CheckpointWriter& file) {
  file.numbers(name + "/best", std::span(&state.best, 1));
  const std::int64_t counters[] = {state.measured, state.best_step, state.without_improvement};
  file.integers(name + "/counters", counters);
}

StoppingState load_stopping(const std::string& name, const runlog::CheckpointReader& file) {
  const auto counters = file.integers(name + "/counters");
  return {file.numbers(name + "/best").at(0), counters.at(0), counters.at(1), counters.at(2)};
}

void save_record(const RunRecord& record, runlog::CheckpointWriter& file) {
  file.text("record/experiment_hash", record.experiment_hash);
  for (const auto& [name, hash] : record.plugin_hashes) file.text("record/plugins/" + name, hash);
  for (const auto& [series, rows] : record.row_counts)
    file.integers("record/rows/" + series, std::span(&rows, 1));
  save_stopping("record/stopping", record.stopping, file);
  save_stopping("record/best", record.best, file);
  file.integers("record/total_steps", std::span(&record.total_steps, 1));
  file.text("record/end_reason", record.end_reason);
  file.numbers("record/training_seconds", std::span(&record.training_seconds, 1));
  if (constexpr std::int64_t no = 0; !record.looked) file.integers("record/looked", std::span(&no, 1));
}

}  // namespace

RunRecord load_record(const runlog::CheckpointReader& file) {
  const auto strip = [](const std::string& name, std::string_view prefix) {
    return name.substr(prefix.size());
  };
  RunRecord record;
  record.experiment_hash = file.text("record/experiment_hash");
  for (const std::string& name : file.names("record/plugins/"))
    record.plugin_hashes.emplace_back(strip(name, "record/plugins/"), file.text(name));
  for (const std::string& name : file.names("record/rows/"))
    record.row_counts.emplace_back(strip(name, "record/rows/"), file.integers(name).at(0));
  record.stopping = load_stopping("record/stopping", file);
  record.best = load_stopping("record/best", file);
  record.total_steps = file.integers("record/total_steps").at(0);
  record.end_reason = file.text("record/end_reason");
  record.training_seconds = file.numbers("record/training_seconds").at(0);
  record.looked = !file.has("record/looked");
  return record;
}

void save_state(train::Training& training, const RunRecord& record, const std::filesystem::path& path,
                const NamedTensors& extras) {
  runlog::CheckpointWriter file(path);
  each_tensor(training, extras, [&](const std::string& name, Tensor& tensor) {
    file.tensor(name, tensor.shape(), tensor.values());
  });
  for (const auto& buffer : training.registrar().buffers())
    file.tensor("buffers/" + buffer->name(), buffer->value().shape(), buffer->value().values());
  each_unit(training, [&](chain::ChainUnit& unit) {
    const std::int64_t counts[] = {unit.updates, unit.extrapolations};
    file.integers("updates/" + unit_name(unit), counts);
    for (chain::RuleState& state : unit.rules)
      file.numbers(fmt::format("scalars/{}/{}", state.rule->name, unit_name(unit)), state.scalars);
  });
  const std::int64_t step = training.step();
  file.integers("step", std::span(&step, 1));
  file.integers("player_updates", training.player_updates());
  const data::Sampler::Cursor cursor =
      training.sampler() != nullptr ? training.sampler()->cursor() : data::Sampler::Cursor{};
  const std::int64_t numbers[] = {cursor.epoch, cursor.position};
  file.integers("sampler", numbers);
  save_record(record, file);
  file.commit();
}

RunRecord load_state(train::Training& training, const std::filesystem::path& path,
                     const NamedTensors& extras) {
  const runlog::CheckpointReader file(path);
  // Everything is read before anything is changed.
  std::vector<std::pair<Tensor, Tensor>> tensors;  // where to, and what: tensors share their memory
  each_tensor(training, extras, [&](const std::string& name, Tensor& tensor) {
    Tensor read = Tensor::empty(tensor.shape());
    file.tensor(name, tensor.shape(), read.values());
    tensors.emplace_back(tensor, read);
  });
  std::vector<std::pair<Buffer*, Tensor>> buffers;
  for (const auto& buffer : training.registrar().buffers()) {
    Tensor read = Tensor::empty(buffer->value().shape());
    file.tensor("buffers/" + buffer->name(), read.shape(), read.values());
    buffers.emplace_back(buffer.get(), read);
  }
  std::vector<std::pair<chain::ChainUnit*, std::vector<std::int64_t>>> updates;
  std::vector<std::pair<std::vector<double>*, std::vector<double>>> scalars;
  each_unit(training, [&](chain::ChainUnit& unit) {
    updates.emplace_back(&unit, file.integers("updates/" + unit_name(unit)));
    if (updates.back().second.size() != 2)
      throw Error(fmt::format("{}: '{}' does not hold two counts", path.string(), unit_name(unit)));
    for (chain::RuleState& state : unit.rules) {
      scalars.emplace_back(&state.scalars,
                           file.numbers(fmt::format("scalars/{}/{}", state.rule->name, unit_name(unit))));
      if (scalars.back().second.size() != state.scalars.size())
        throw Error(fmt::format("{}: rule '{}' kept {} scalars and now keeps {}", path.string(),
                                state.rule->name, scalars.back().second.size(), state.scalars.size()));
    }
  });
  const auto player_updates = file.integers("player_updates");
  if (player_updates.size() != training.player_updates().size())
    throw Error(fmt::format("{}: the game had {} players and now has {}", path.string(),
                            player_updates.size(), training.player_updates().size()));
  const auto cursor = file.integers("sampler");
  RunRecord record = load_record(file);
  const std::int64_t step = file.integers("step").at(0);

  for (auto& [tensor, read] : tensors) {
    tensor.copy_from(read);
    tensor.mark_written();
  }
  for (auto& [buffer, read] : buffers) buffer->assign(read);
  for (auto& [unit, counts] : updates) {
    unit->updates = counts[0];
    unit->extrapolations = counts[1];
  }
  for (auto& [target, read] : scalars) std::copy(read.begin(), read.end(), target->begin());
  training.player_updates() = player_updates;
  if (training.sampler() != nullptr) training.sampler()->set_cursor({cursor.at(0), cursor.at(1)});
  training.set_step(step);
  return record;
}

}  // namespace descent::run
