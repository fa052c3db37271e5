# The CMake package, find_package(Descent): in an installed copy, which may be moved as a whole, and in the build tree,
# so that plugins can be built against it before anything is installed.
include(CMakePackageConfigHelpers)

# As in an installed copy, so that the folder above bin/ finds it in both.
set(package_folder ${CMAKE_BINARY_DIR}/lib/cmake/Descent)
set(package_files DescentConfig.cmake DescentPlugin.cmake plugin.version)
foreach(file IN LISTS package_files)
  configure_file(cmake/${file} ${package_folder}/${file} COPYONLY)
endforeach()
# Before version 1.0 every minor version may change what plugins see.
write_basic_package_version_file(${package_folder}/DescentConfigVersion.cmake COMPATIBILITY SameMinorVersion)
export(EXPORT DescentTargets NAMESPACE Descent:: FILE ${package_folder}/DescentTargets.cmake)

set(install_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Descent)
list(TRANSFORM package_files PREPEND cmake/)
install(FILES ${package_files} ${package_folder}/DescentConfigVersion.cmake DESTINATION ${install_folder})
install(EXPORT DescentTargets NAMESPACE Descent:: DESTINATION ${install_folder})
install(DIRECTORY experiments DESTINATION ${CMAKE_INSTALL_DATADIR}/descent FILES_MATCHING PATTERN "*.yaml" PATTERN "*.npz")
install(DIRECTORY tools/python DESTINATION ${CMAKE_INSTALL_DATADIR}/descent USE_SOURCE_PERMISSIONS FILES_MATCHING PATTERN "*.py")
install(DIRECTORY tools/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/descent)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/descent)
