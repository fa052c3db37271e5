#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

#include "descent/base/api.hpp"
#include "descent/base/scalar.hpp"
#include "descent/plugin/abi.hpp"
#include "descent/plugin/kind.hpp"
#include "descent/plugin/options.hpp"

/// What a plugin shows of itself: marks that are read from its file before any of its code runs (abi.hpp),
/// and a table of descriptors that is read once it is loaded.
namespace descent {

/// Which optional functions of its contract a class overrides.
struct Overrides {
  bool begin = false;
  bool settle = false;
  bool probe = false;
  bool evaluation_point = false;
};

/// One plugin of a loaded library.
struct PluginDescriptor {
  PluginKind kind;
  const char* name;
  const char* summary;
  Overrides overrides;
  void (*declare_options)(OptionTable& table);
  /// A new object, as its contract class; destroyed by destroy().
  void* (*create)();
  void (*destroy)(void* contract_object);
  /// From the contract class to the class whose members the options write.
  void* (*options_object)(void* contract_object);
};

/// All plugins of one library, as the linker laid them side by side.
struct PluginRange {
  const PluginDescriptor* const* begin;
  const PluginDescriptor* const* end;
};

namespace detail {

template <class Function, class Contract>
struct is_of : std::false_type {};
template <class R, class Contract, class... A>
struct is_of<R (Contract::*)(A...) const, Contract> : std::true_type {};

template <class Plugin>
concept declares_options = requires(OptionSpec<Plugin>& spec) {
  Plugin::options(spec);
};

template <class Contract, class Plugin>
constexpr Overrides overrides_of() {
  Overrides overrides;
  if constexpr (requires { &Contract::evaluation_point; }) {
    overrides.begin = !is_of<decltype(&Plugin::begin), Contract>::value;
    overrides.settle = !is_of<decltype(&Plugin::settle), Contract>::value;
    overrides.probe = !is_of<decltype(&Plugin::probe), Contract>::value;
    overrides.evaluation_point = !is_of<decltype(&Plugin::evaluation_point), Contract>::value;
  }
  return overrides;
}

template <class Contract, class Plugin>
constexpr PluginDescriptor describe(PluginKind kind, const char* name, const char* summary) {
  static_assert(std::is_base_of_v<Contract, Plugin>, "a plugin derives publicly from its contract class");
  return {kind,
          name,
          summary,
          overrides_of<Contract, Plugin>(),
          [](OptionTable& table) {
            if constexpr (declares_options<Plugin>) {
              OptionSpec<Plugin> spec(table);
              Plugin::options(spec);
            }
          },
          []() -> void* { return static_cast<Contract*>(new Plugin()); },
          [](void* object) { delete static_cast<Contract*>(object); },
          [](void* object) -> void* { return static_cast<Plugin*>(static_cast<Contract*>(object)); }};
}

}  // namespace detail
}  // namespace descent

#define DESCENT_PLUGIN(CONTRACT, KIND, CLASS, NAME, SUMMARY)                                              \
  namespace {                                                                                             \
  [[gnu::section(".descent.abi." DESCENT_ABI_TAG), gnu::used,                                             \
    gnu::retain]] const char descent_abi_mark_##CLASS = 0;                                                \
  [[gnu::section(".descent.plugin." #KIND "." NAME), gnu::used,                                           \
    gnu::retain]] const char descent_mark_##CLASS = 0;                                                    \
  constexpr ::descent::PluginDescriptor descent_descriptor_##CLASS =                                      \
      ::descent::detail::describe<CONTRACT, CLASS>(::descent::PluginKind::KIND, NAME, SUMMARY);           \
  [[gnu::section("descent_plugins"), gnu::used,                                                           \
    gnu::retain]] const ::descent::PluginDescriptor* descent_entry_##CLASS = &descent_descriptor_##CLASS; \
  }

#ifndef descent_EXPORTS  // the library itself holds no plugins
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
// The linker names the ends of every section that is called like a C identifier.
[[gnu::weak, gnu::visibility("hidden")]] extern const ::descent::PluginDescriptor* __start_descent_plugins[];
[[gnu::weak, gnu::visibility("hidden")]] extern const ::descent::PluginDescriptor* __stop_descent_plugins[];
// NOLINTEND(bugprone-reserved-identifier)

/// The one symbol that a plugin library exports.
[[gnu::used, gnu::visibility("default")]] inline void descent_plugin_range_1(::descent::PluginRange* range) {
  range->begin = __start_descent_plugins;
  range->end = __stop_descent_plugins;
}
}
#endif
