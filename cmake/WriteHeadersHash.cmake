cmake_minimum_required(VERSION 3.25)

# Writes OUTPUT, a header with a hash of every installed header of ROOMS below ROOT, which plugins may be compiled with, without
# comments and spaces. A plugin that was built against other ones would call the wrong functions.
foreach(room IN LISTS ROOMS)
  file(GLOB_RECURSE of_room RELATIVE ${ROOT} ${ROOT}/descent/${room}/*.hpp)
  list(FILTER of_room EXCLUDE REGEX "/detail/")  # not installed
  list(APPEND headers ${of_room})
endforeach()

list(SORT headers)
foreach(header IN LISTS headers)
  file(READ ${ROOT}/${header} text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "[ \t\n]+" " " text "${text}")
  string(SHA256 hash "${hash}${header}${text}")
endforeach()
string(SUBSTRING ${hash} 0 8 hash)
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#pragma once

/// Of the headers that plugins are compiled with.
#define DESCENT_HEADERS_HASH "@hash@"

namespace descent {
/// The same as a declaration. ccache (CCACHE_SLOPPINESS=pch_defines) knows a precompiled header by its preprocessed text, in
/// which no #define is left.
inline constexpr char headers_hash[] = DESCENT_HEADERS_HASH;
}  // namespace descent
]])
