// Has the marks of a plugin and nothing behind them.
#include <descent/plugin/abi.hpp>

namespace {
[[gnu::section(".descent.abi." DESCENT_ABI_TAG), gnu::used, gnu::retain]] const char abi_mark = 0;
[[gnu::section(".descent.plugin.optimizer.bad_broken_promise"), gnu::used, gnu::retain]] const char mark = 0;
}  // namespace
