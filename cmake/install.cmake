# What `cmake --install` places under the prefix:
#   include/lampas/                 the headers
#   include/lampas-torch/           LibTorch's header names (torch/, ATen/, c10/), apart so that LibTorch may be installed beside us
#   lib/liblampas.so                one library; what it is made of (oneDNN, zlib, ...) stays private
#   lib/cmake/lampas/               find_package(lampas): lampas::lampas, lampas::torch
#   lib/cmake/lampas-torch/         find_package(Torch) with Torch_DIR or CMAKE_PREFIX_PATH pointed here
#   lib/pkgconfig/                  lampas.pc, lampas-torch.pc
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(lampas_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/lampas)
set(torch_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/lampas-torch)
set(LAMPAS_TORCH_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR}/lampas-torch)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/lampas DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h PATTERN *.inc)
foreach(names torch ATen c10)
  if(EXISTS ${PROJECT_SOURCE_DIR}/include/${names})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/${names} DESTINATION ${LAMPAS_TORCH_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
  endif()
endforeach()
# Some programs include LibTorch's headers as torch/csrc/api/include/torch/torch.h, the path they have in its sources.
install(CODE "
  set(api \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${LAMPAS_TORCH_INCLUDEDIR}/torch/csrc/api/include\")
  file(MAKE_DIRECTORY \"\${api}\")
  file(CREATE_LINK ../../.. \"\${api}/torch\" SYMBOLIC)")
install(TARGETS lampas lampas_torch EXPORT lampasTargets)
install(EXPORT lampasTargets NAMESPACE lampas:: DESTINATION ${lampas_cmake})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lampasConfig.cmake.in ${PROJECT_BINARY_DIR}/lampasConfig.cmake
                              INSTALL_DESTINATION ${lampas_cmake})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lampasConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lampasConfig.cmake ${PROJECT_BINARY_DIR}/lampasConfigVersion.cmake DESTINATION ${lampas_cmake})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/TorchConfig.cmake.in ${PROJECT_BINARY_DIR}/TorchConfig.cmake
                              INSTALL_DESTINATION ${torch_cmake} PATH_VARS CMAKE_INSTALL_INCLUDEDIR LAMPAS_TORCH_INCLUDEDIR)
# The version programs ask for is that of the interface we follow.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TorchConfigVersion.cmake VERSION 1.13.1 COMPATIBILITY AnyNewerVersion)
install(FILES ${PROJECT_BINARY_DIR}/TorchConfig.cmake ${PROJECT_BINARY_DIR}/TorchConfigVersion.cmake DESTINATION ${torch_cmake})

# Paths in .pc files are relative to the file itself: an installed tree can be moved.
file(RELATIVE_PATH LAMPAS_PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
foreach(pc lampas lampas-torch)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${pc}.pc.in ${PROJECT_BINARY_DIR}/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
