# The Debian package, which ci/release makes. What is generated for it stands in build/pages (ci/release).
set(pages ${CMAKE_SOURCE_DIR}/build/pages)
set(here ${CMAKE_SOURCE_DIR}/ci/debian)
set(documents share/doc/pidproof)
function(packaged)
  install(${ARGN} COMPONENT package EXCLUDE_FROM_ALL)
endfunction()
packaged(FILES ${pages}/pidproof.1.gz DESTINATION share/man/man1)
packaged(FILES ${pages}/pidproof.bash DESTINATION share/bash-completion/completions RENAME pidproof)
packaged(FILES ${pages}/_pidproof DESTINATION share/zsh/vendor-completions)
packaged(FILES ${pages}/changelog.gz README.md ${here}/copyright DESTINATION ${documents})
packaged(FILES ${here}/lintian-overrides DESTINATION share/lintian/overrides RENAME pidproof)

# The collection as a user of run_kselftest.sh installs it, but for the program, which is there already.
set(selftests_folder lib/pidproof/kselftest)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/selftests)
file(CREATE_LINK ../../../../bin/pidproof ${CMAKE_BINARY_DIR}/selftests/pidproof SYMBOLIC)
packaged(FILES ${CMAKE_BINARY_DIR}/selftests/pidproof DESTINATION ${selftests_folder}/pidproof)
packaged(PROGRAMS ${selftests} DESTINATION ${selftests_folder}/pidproof)
packaged(FILES ci/kselftest/settings ci/kselftest/config DESTINATION ${selftests_folder}/pidproof)
packaged(FILES ci/kselftest/kselftest-list.txt DESTINATION ${selftests_folder})

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};pidproof;Unspecified;/;${CMAKE_BINARY_DIR};pidproof;package;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "pidproof developers <pidproof@example.org>")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${here}/fix_times.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
string(REPLACE x86_64 amd64 CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
string(REPLACE aarch64 arm64 CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${CPACK_DEBIAN_PACKAGE_ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "conformance and race tests of Linux pidfds")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Reports which pidfd features a kernel, container or sandbox has, what refuses
the missing ones, whether they behave as documented and stay right under
races, what the same program would have done by PID, and what each costs.
.
The program is one static file. Its results are one JSON document, from which
it renders text, an HTML page, tables, KTAP, TAP, JUnit, KCIDB, LAVA and LTP.
The collection for the kernel's run_kselftest.sh is in
/usr/lib/pidproof/kselftest.")
include(CPack)
