# Flags every target of this tree shares. What a plugin must agree on with its host is in framework/CMakeLists.txt instead.
add_library(descent_flags INTERFACE)
target_compile_options(descent_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_link_options(descent_flags INTERFACE -Wl,--as-needed -Wl,--no-undefined)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ccache needs it for precompiled headers.
  target_compile_options(descent_flags INTERFACE -fpch-preprocess)
  # gcc 12 warns inside its own AVX-512 intrinsics (gcc bug 105593).
  target_compile_options(descent_flags INTERFACE -Wno-maybe-uninitialized -Wno-uninitialized)
endif()
if(DESCENT_ARCH)
  target_compile_options(descent_flags INTERFACE -march=${DESCENT_ARCH})
endif()
# Contraction of a*b+c may differ between two places that compute the same thing; the same bits are worth more.
target_compile_options(descent_flags INTERFACE -ffp-contract=off)
# What stands behind -fsanitize=, empty for none: plugins need the same (cmake/DescentPlugin.cmake).
set(DESCENT_SANITIZERS "")
if(DESCENT_SANITIZE MATCHES "^(address|ON|TRUE|YES|1)$")
  set(DESCENT_SANITIZERS address,undefined)
elseif(DESCENT_SANITIZE STREQUAL "thread")
  set(DESCENT_SANITIZERS thread)
elseif(DESCENT_SANITIZE)
  message(FATAL_ERROR "DESCENT_SANITIZE is '${DESCENT_SANITIZE}'; it may be OFF, address or thread")
endif()
if(DESCENT_SANITIZERS)
  target_compile_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZERS})
endif()
if(DESCENT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT DESCENT_SANITIZERS MATCHES "address")
    message(FATAL_ERROR "DESCENT_FUZZ needs clang and DESCENT_SANITIZE=address: take the preset fuzz")
  endif()
  # What libFuzzer sees of the way through a library. The two checks that are left out compare types by addresses, which differ
  # between libraries. Warnings are the other presets' matter: clang has others than gcc.
  target_compile_options(descent_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize=vptr,function -w)
  # Clang's sanitizers are in the program alone, and its libraries take them from there.
  target_link_options(descent_flags INTERFACE -Wl,-z,undefs)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")  # lines are what sanitizers tell

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this ccache does not take up what was compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()
