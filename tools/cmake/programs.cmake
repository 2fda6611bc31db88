# The program, and the test, fuzz and bench programs: one for each file found.
file(GLOB_RECURSE cmd_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cmd/*.c)
if(cmd_sources)
	add_executable(pave ${cmd_sources})
	target_link_libraries(pave PRIVATE pave_all)
	set_target_properties(pave PROPERTIES LINKER_LANGUAGE CXX
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
	if(EXISTS ${CMAKE_SOURCE_DIR}/src/base/banned.h)
		target_compile_options(pave PRIVATE "$<$<COMPILE_LANGUAGE:C>:SHELL:-include base/banned.h>")
	endif()
	if(PAVE_LAZY AND NOT PAVE_LTO AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
		set(lazy_stubs ${CMAKE_BINARY_DIR}/generated/lazy.S)
		list(TRANSFORM libs REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE archives)
		add_custom_command(OUTPUT ${lazy_stubs} VERBATIM
			COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
				${CMAKE_SOURCE_DIR}/tools/lazy ${lazy_stubs} ${lazy_libraries} -- ${archives}
			DEPENDS ${CMAKE_SOURCE_DIR}/tools/lazy ${libs})
		target_sources(pave PRIVATE ${lazy_stubs})
		# What http_refuse.c puts before the library's own is no longer seen to be wanted.
		target_link_options(pave PRIVATE -Wl,--export-dynamic-symbol=MHD_queue_response)
		# C++, which RE2 alone needs: half of what is left of the start, so it goes inside.
		find_library(RE2_ARCHIVE libre2.a)
		if(RE2_ARCHIVE)
			target_link_libraries(pave PRIVATE ${RE2_ARCHIVE})
			target_link_options(pave PRIVATE -static-libstdc++ -static-libgcc)
		endif()
	endif()
endif()

# add_each(<aggregate> <folder> <suffix> <library...>): tests/<folder>/**/x<suffix>.c
# becomes the program tests/<folder>/**/x<suffix>, target <folder>-<path>.
function(add_each aggregate folder suffix)
	add_custom_target(${aggregate})
	set(root ${CMAKE_SOURCE_DIR}/tests/${folder})
	file(GLOB_RECURSE files CONFIGURE_DEPENDS ${root}/*.c)
	set(support ${files})
	list(FILTER support EXCLUDE REGEX "_(test|fuzz|bench)\\.c$")
	if(PAVE_FUZZ)
		list(FILTER support EXCLUDE REGEX "/replay\\.c$") # the fuzzer has the main
	endif()
	list(FILTER files INCLUDE REGEX "${suffix}\\.c$")
	if(support) # shared by the programs of this folder
		add_library(${folder}_support STATIC EXCLUDE_FROM_ALL ${support})
		target_link_libraries(${folder}_support PUBLIC pave_all)
		target_include_directories(${folder}_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
		target_compile_definitions(${folder}_support PRIVATE PAVE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
	endif()
	foreach(file IN LISTS files)
		file(RELATIVE_PATH path ${root} ${file})
		cmake_path(REMOVE_EXTENSION path)
		cmake_path(GET path PARENT_PATH dir)
		cmake_path(GET path FILENAME name)
		string(REPLACE "/" "-" target "${folder}-${path}")
		add_executable(${target} EXCLUDE_FROM_ALL ${file})
		target_link_libraries(${target} PRIVATE pave_all $<TARGET_NAME_IF_EXISTS:${folder}_support> ${ARGN})
		target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
		target_compile_definitions(${target} PRIVATE PAVE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
		set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${folder}/${dir})
		add_dependencies(${aggregate} ${target})
	endforeach()
endfunction()

pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
if(CMOCKA_FOUND)
	add_each(units unit _test PkgConfig::CMOCKA)
endif()
add_each(benches bench _bench)
# A fuzz target with the fuzzer, or with tests/fuzz/replay.c, which takes its corpus once.
if(PAVE_FUZZ)
	add_each(fuzzers fuzz _fuzz -fsanitize=fuzzer)
else()
	add_each(fuzzers fuzz _fuzz)
endif()
