# Run at every build: writes OUTPUT only when it would change, so that nothing is compiled again for nothing.
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET)
execute_process(COMMAND git -C ${SOURCE} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
set(dirty false)
if(changes)
  set(dirty true)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "descent/base/build_info.hpp"

namespace descent {

const BuildInfo& build_info() {
  static constexpr BuildInfo info = {"@VERSION@", "@commit@", @dirty@, "@COMPILER@", "@FLAGS@",
                                     "@BUILD_TYPE@", "@SCALAR@", "@ARCH@", "@SANITIZERS@"};
  return info;
}

}  // namespace descent
]])
