#include "descent/conformance/suite.hpp"

#include <fmt/format.h>

#include "descent/conformance/exceptions.hpp"

namespace descent::conformance {

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::excepted:
      return "excepted";
    case Outcome::not_applicable:
      return "not applicable";
  }
  return "";
}

Finding passed(std::string text) {
  return {Outcome::passed, std::move(text)};
}
Finding failed(std::string text) {
  return {Outcome::failed, std::move(text)};
}
Finding not_applicable(std::string text) {
  return {Outcome::not_applicable, std::move(text)};
}

Subject make_subject(const LoadedPlugin& plugin, const Value& options, Registry& registry,
                     CountAllocations count_allocations) {
  Value section = options.is(Value::Kind::map) ? options : Value::map();
  Diagnostics problems;
  for (const Option& option : plugin.options().options()) {
    if (section.find(option.name) != nullptr) continue;
    if (!option.trial.is(Value::Kind::null)) section.set(option.name, option.trial);
    if (!option.required) continue;
    const Value& usable = option.contrast.is(Value::Kind::null) ? option.example : option.contrast;
    if (usable.is(Value::Kind::null))
      problems.add(fmt::format("{} needs '{}', which has neither example nor contrast; give it as {}=VALUE",
                               plugin.title(), option.name, option.name));
    else
      section.set(option.name, usable);
  }
  problems.throw_if_any();
  plugin.create<void>(section, problems);
  problems.throw_if_any();
  return {&plugin, std::move(section), &registry, std::move(count_allocations)};
}

std::span<const Check> checks(PluginKind kind) {
  switch (kind) {
    case PluginKind::optimizer:
      return optimizer_checks();
    case PluginKind::model:
      return model_checks();
    case PluginKind::layer:
      return layer_checks();
    case PluginKind::loss:
      return loss_checks();
    case PluginKind::dataset:
      return dataset_checks();
    case PluginKind::metric:
      return metric_checks();
  }
  return {};
}

namespace {

Finding run_guarded(const Check& check, const Subject& subject) {
  try {
    return check.run(subject);
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace

Finding run(const Check& check, const Subject& subject) {
  Finding finding = run_guarded(check, subject);
  if (finding.outcome != Outcome::failed) return finding;
  const PluginInfo& info = subject.plugin->info();
  for (const Exception& exception : exceptions())
    if (exception.kind == info.kind && exception.plugin == info.name && exception.check == check.name)
      return {Outcome::excepted, fmt::format("{} (seen: {})", exception.reason, finding.text)};
  return finding;
}

}  // namespace descent::conformance
