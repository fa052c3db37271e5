cmake_minimum_required(VERSION 3.25)

# Writes OUTPUT, a header with a hash of the headers below ROOT that plugins are compiled with: what the five contracts'
# headers include, without comments and spaces. A plugin that was built against other ones would call the wrong functions.
foreach(kind optimizer model loss dataset metric)
  list(APPEND pending descent/plugin/${kind}.hpp)
endforeach()
while(pending)
  list(POP_FRONT pending header)
  if(header IN_LIST headers OR NOT EXISTS ${ROOT}/${header})  # the one that is written here is not there
    continue()
  endif()
  list(APPEND headers ${header})
  file(READ ${ROOT}/${header} text)
  string(REGEX MATCHALL "#include [\"<]descent/[^\">]+" includes "${text}")
  list(TRANSFORM includes REPLACE "#include [\"<]" "")
  list(APPEND pending ${includes})
endwhile()

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
]])
