# descent_add_plugin(NAME KIND [SOURCE FILE...] [OUTPUT_DIRECTORY FOLDER]): builds one plugin library, KIND_NAME.so.
#
# NAME and KIND (optimizer, model, loss, dataset, metric) are those of the registration macro. The source is NAME.cpp in
# the folder of its kind (optimizers/, models/, losses/, datasets/, metrics/) below the current one, or else in this one.
# In this tree the library goes where the host built here looks for plugins, and is installed; out of tree it goes into
# the current binary folder. The kind stands in the file's name because an optimizer and a loss may share a name (`l2`).
#
# Settings, unless the build says otherwise (CMAKE_BUILD_TYPE, CMAKE_CXX_FLAGS):
#   DESCENT_ARCH   value of -march; the host's when it is not set, the compiler's default when it is empty.

include(GNUInstallDirs)
set(DESCENT_PLUGIN_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})
if(TARGET descent AND NOT TARGET Descent::descent)
  add_library(Descent::descent ALIAS descent)
endif()

function(descent_add_plugin name kind)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "OUTPUT_DIRECTORY" "SOURCE")
  if(NOT kind MATCHES "^(optimizer|model|loss|dataset|metric)$")
    message(FATAL_ERROR "descent_add_plugin(${name} ${kind}): the kind is one of optimizer, model, loss, dataset, metric")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "descent_add_plugin(${name} ${kind}): does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_SOURCE)
    set(folder ${kind}s)
    if(kind STREQUAL "loss")
      set(folder losses)
    endif()
    set(arg_SOURCE ${name}.cpp)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name}.cpp)
      set(arg_SOURCE ${folder}/${name}.cpp)
    endif()
  endif()

  set(target ${kind}_${name})
  add_library(${target} MODULE ${arg_SOURCE})
  target_link_libraries(${target} PRIVATE Descent::descent)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PRIVATE cxx_std_20)
  # Only the SDK's one symbol leaves the library: two plugins may use the same names inside.
  set(version_script ${DESCENT_PLUGIN_CMAKE_DIR}/plugin.version)
  target_link_options(${target} PRIVATE -Wl,--version-script=${version_script} -Wl,--no-undefined)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${version_script})

  if(TARGET descent_flags)  # in this tree
    target_link_libraries(${target} PRIVATE descent_flags)
    set(output_directory ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/descent/plugins)
  else()
    _descent_plugin_flags(${target})
    set(output_directory ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  if(arg_OUTPUT_DIRECTORY)
    set(output_directory ${arg_OUTPUT_DIRECTORY})
  elseif(TARGET descent_flags)
    # Where an installed libdescent looks: beside itself.
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/descent/plugins)
  endif()
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${output_directory})
endfunction()

# What a plugin needs to be as fast as its host, and to give the same bits, where this tree's own flags are absent.
function(_descent_plugin_flags target)
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(DESCENT_ARCH AND NOT CMAKE_CXX_FLAGS MATCHES "-march=")
    target_compile_options(${target} PRIVATE -march=${DESCENT_ARCH})
  endif()
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
    target_compile_options(${target} PRIVATE -O3)
    target_compile_definitions(${target} PRIVATE NDEBUG)
  endif()
endfunction()
