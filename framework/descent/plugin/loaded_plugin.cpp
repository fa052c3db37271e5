#include <fmt/format.h>

#include "descent/base/exception_text.hpp"
#include "descent/base/process_state.hpp"
#include "descent/plugin/layer_plugins.hpp"
#include "descent/plugin/registry.hpp"

namespace descent {

LoadedPlugin::LoadedPlugin(const PluginInfo& info, const PluginDescriptor& descriptor, Registry* registry)
    : info_(info), descriptor_(descriptor), registry_(registry) {
  try {
    descriptor_.declare_options(options_);
  } catch (const Error& error) {
    throw error.within({}, fmt::format("{}: {}: ", info_.library.string(), title()));
  } catch (...) {
    detail::rethrow_named(*this, {}, detail::Errors::as_they_are);
  }
}

std::string LoadedPlugin::title() const {
  return fmt::format("{} '{}'", kind_name(info_.kind), info_.name);
}

static std::string title_and_library(const LoadedPlugin& plugin) {
  return fmt::format("{} ({})", plugin.title(), plugin.info().library.string());
}

PluginObject LoadedPlugin::make(const Value& section, Diagnostics& diagnostics) const {
  PluginObject made;
  ProcessState before;
  made.object = {guarded(*this, section.location(), [&] { return descriptor_.create(); }),
                 descriptor_.destroy};
  void* options_object = descriptor_.options_object(made.object.get());
  const LayerPlugins layers(registry_, made.nested);
  Diagnostics found;
  options_.read(section, title(), host_keys(info_.kind), options_object, {layers, found});
  made.section = found.empty() ? options_.resolved(section, options_object) : section;
  diagnostics.append(found);
  if (const auto changed = before.restore(); !changed.empty() && registry_ != nullptr)
    registry_->warnings_.push_back(fmt::format("{} changed {} when it was made; that was undone",
                                               title_and_library(*this), list_of_changes(changed)));
  return made;
}

std::vector<std::pair<std::string, Schedule*>> LoadedPlugin::named_schedules(void* contract_object) const {
  std::vector<std::pair<std::string, Schedule*>> schedules;
  void* object = descriptor_.options_object(contract_object);
  for (const Option& option : options_.options())
    if (option.schedule) schedules.emplace_back(option.name, option.schedule(object));
  return schedules;
}

std::vector<Schedule*> LoadedPlugin::schedules(void* contract_object) const {
  std::vector<Schedule*> schedules;
  for (const auto& [name, schedule] : named_schedules(contract_object)) schedules.push_back(schedule);
  return schedules;
}

std::vector<RunReference*> LoadedPlugin::runs(void* contract_object) const {
  std::vector<RunReference*> runs;
  void* object = descriptor_.options_object(contract_object);
  for (const Option& option : options_.options())
    if (option.run) runs.push_back(option.run(object));
  return runs;
}

PluginFailure::PluginFailure(const LoadedPlugin& plugin, const SourceLocation& location,
                             const std::string& what, bool of_error)
    : RunError(fmt::format("{}: {}{}", title_and_library(plugin), what,
                           location.text().empty() ? "" : fmt::format(" [{}]", location.text()))),
      location_(location),
      problem_(fmt::format("{}: {}", of_error ? plugin.title() : title_and_library(plugin), what)),
      of_error_(of_error) {}
PluginFailure::~PluginFailure() = default;

namespace detail {

void rethrow_named(const LoadedPlugin& plugin, const SourceLocation& location, Errors errors) {
  const auto named = [&](const std::string& what, bool of_error = false) {
    return PluginFailure(plugin, location, what, of_error);
  };
  try {
    throw;
  } catch (const PluginFailure&) {
    throw;
  } catch (const Error& error) {
    if (errors == Errors::as_they_are) throw;
    throw named(error.what(), true);
  } catch (const std::bad_alloc& error) {
    throw named(std::string("there is no memory left for it: ") + error.what());
  } catch (const std::exception& error) {
    throw named(exception_text(error));
  } catch (...) {
    throw named("threw something that is no std::exception");
  }
}

}  // namespace detail
}  // namespace descent
