# For plugins, in this tree and outside of it (find_package(Descent REQUIRED)).
#
# descent_add_plugin(NAME KIND [SOURCE FILE...] [OUTPUT_DIRECTORY FOLDER]): builds one plugin library, KIND_NAME.so.
#
# NAME and KIND (optimizer, model, layer, loss, dataset, metric) are those of the registration macro. The source is NAME.cpp in
# the folder of its kind (optimizers/, models/, layers/, losses/, datasets/, metrics/) below the current one, or else in this one.
# In this tree the library goes where the host built here looks for plugins, and is installed; out of tree it goes into
# the current binary folder. The kind stands in the file's name because an optimizer and a loss may share a name (`l2`).
#
# Out of tree the library is built as its host was: for the same processor, optimized (-O3) unless CMAKE_BUILD_TYPE or
# CMAKE_CXX_FLAGS say otherwise, and with sanitizers where the host has them. DESCENT_ARCH, when it is set, is the value
# of -march instead of the host's; empty, the compiler's default.
#
# descent_test_plugin(NAME KIND [EXPERIMENT FILE...]): tests for ctest, behind enable_testing(): the plugin passes the
# conformance suite of its kind, and the experiments run.

include(GNUInstallDirs)

function(descent_add_plugin name kind)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "OUTPUT_DIRECTORY" "SOURCE")
  if(NOT kind MATCHES "^(optimizer|model|layer|loss|dataset|metric)$")
    message(FATAL_ERROR "descent_add_plugin(${name} ${kind}): the kind is one of optimizer, model, layer, loss, dataset, metric")
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
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden CXX_EXTENSIONS OFF
                                             VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  # Only the SDK's one symbol leaves the library: two plugins may use the same names inside.
  set(version_script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.version)
  target_link_options(${target} PRIVATE "-Wl,--version-script=${version_script}" -Wl,--no-undefined)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${version_script})

  if(TARGET descent_flags)  # in this tree
    target_link_libraries(${target} PRIVATE descent_flags)
    if(descent_precompiled)  # the target whose precompiled headers this folder's plugins share
      # The macro that CMake defines for each library alone would keep them from sharing.
      set_target_properties(${target} PROPERTIES DEFINE_SYMBOL "")
      target_precompile_headers(${target} REUSE_FROM ${descent_precompiled})
    endif()
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
  # The expression, which changes nothing, keeps generators for several configurations from adding a folder for each.
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${output_directory}$<0:>")
endfunction()

# What a plugin needs to be as fast as its host, to give the same bits and to be loaded, where this tree's own flags are
# absent.
function(_descent_plugin_flags target)
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  get_target_property(arch Descent::descent DESCENT_ARCH)
  if(DEFINED DESCENT_ARCH)
    set(arch "${DESCENT_ARCH}")
  endif()
  if(arch AND NOT CMAKE_CXX_FLAGS MATCHES "-march=")
    target_compile_options(${target} PRIVATE -march=${arch})
  endif()
  get_property(several_configurations GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT CMAKE_BUILD_TYPE AND NOT several_configurations AND NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
    target_compile_options(${target} PRIVATE -O3)
    target_compile_definitions(${target} PRIVATE NDEBUG)
  endif()
  get_target_property(sanitizers Descent::descent DESCENT_SANITIZERS)
  if(sanitizers)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      message(FATAL_ERROR "${target}: this Descent was built with g++'s sanitizers, which it shares with its plugins; "
                          "${CMAKE_CXX_COMPILER} has others. Build with g++, or take a Descent without sanitizers.")
    endif()
    target_compile_options(${target} PRIVATE -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
  endif()
endfunction()

function(descent_test_plugin name kind)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "EXPERIMENT")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "descent_test_plugin(${name} ${kind}): does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT TARGET ${kind}_${name})
    message(FATAL_ERROR "descent_test_plugin(${name} ${kind}): descent_add_plugin(${name} ${kind}) comes first")
  endif()
  add_test(NAME ${kind}_${name} COMMAND Descent::program test-plugin $<TARGET_FILE:${kind}_${name}>)
  foreach(experiment IN LISTS arg_EXPERIMENT)
    # An earlier run would only be shown again.
    set(runs ${CMAKE_CURRENT_BINARY_DIR}/runs/${kind}_${name}/${experiment})
    add_test(NAME ${experiment}.clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${runs})
    set_tests_properties(${experiment}.clean PROPERTIES FIXTURES_SETUP ${runs})
    add_test(NAME ${experiment} COMMAND Descent::program run --quiet --runs ${runs} ${CMAKE_CURRENT_SOURCE_DIR}/${experiment})
    set_tests_properties(${experiment} PROPERTIES FIXTURES_REQUIRED ${runs})
  endforeach()
endfunction()
