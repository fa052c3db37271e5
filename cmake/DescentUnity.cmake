set(DESCENT_UNITY 8 CACHE STRING "how many files of a room the compiler takes at once; 1 where files are changed often")
if(NOT DESCENT_UNITY GREATER 0)
  message(FATAL_ERROR "DESCENT_UNITY is '${DESCENT_UNITY}'; it is a number of files, 1 or more")
endif()

# descent_compile_together(TARGET ROOM SOURCE...): the compiler takes several of a room's files at once, since the headers
# cost it more than the files do.
function(descent_compile_together target room)
  if(DESCENT_UNITY EQUAL 1)
    return()
  endif()
  set(place 0)
  foreach(source IN LISTS ARGN)
    math(EXPR group "${place} / ${DESCENT_UNITY}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${room}_${group})
    math(EXPR place "${place} + 1")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
