# The Debian packages, which ci/release makes: pidproof, and pidproof-bench where libbenchmark is built for. What is
# generated for them stands in build/pages (ci/release).
set(pages ${CMAKE_SOURCE_DIR}/build/pages)
set(here ${CMAKE_SOURCE_DIR}/ci/debian)
set(documents share/doc/pidproof)
function(packaged)
  install(${ARGN} COMPONENT package EXCLUDE_FROM_ALL)
endfunction()
function(packaged_with_bench)
  install(${ARGN} COMPONENT bench_package EXCLUDE_FROM_ALL)
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

packaged_with_bench(FILES ${pages}/pidproof-bench.1.gz DESTINATION share/man/man1)
packaged_with_bench(FILES ${pages}/changelog.gz ${here}/copyright DESTINATION share/doc/pidproof-bench)

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL Unspecified package)
set(CPACK_COMPONENT_UNSPECIFIED_GROUP program)
set(CPACK_COMPONENT_PACKAGE_GROUP program)
if(PIDPROOF_BENCHMARKS)
  list(APPEND CPACK_COMPONENTS_ALL bench bench_package)
  set(CPACK_COMPONENT_BENCH_GROUP bench)
  set(CPACK_COMPONENT_BENCH_PACKAGE_GROUP bench)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS pidproof-bench)
endif()
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
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME pidproof)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
"conformance and race tests of Linux pidfds
Reports which pidfd features a kernel, container or sandbox has, what refuses
the missing ones, whether they behave as documented and stay right under
races, what the same program would have done by PID, and what each costs.
.
The program is one static file. Its results are one JSON document, from which
it renders text, an HTML page, tables, KTAP, TAP, JUnit, KCIDB, LAVA and LTP.
The collection for the kernel's run_kselftest.sh is in
/usr/lib/pidproof/kselftest.")
set(CPACK_DEBIAN_BENCH_PACKAGE_NAME pidproof-bench)
set(CPACK_DEBIAN_BENCH_PACKAGE_SOURCE pidproof)
set(CPACK_DEBIAN_BENCH_PACKAGE_DEPENDS "pidproof (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_BENCH_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_BENCH_DESCRIPTION
"benchmarks of processes by pidfd and by PID
Measures what it costs to create, watch, signal and identify processes by
pidfd and by PID, and what pidproof itself costs: pidproof's command bench
runs it.
.
It is a Google Benchmark program, with all of that library's options.")
include(CPack)
