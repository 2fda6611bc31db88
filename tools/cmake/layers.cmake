# One static library a layer, and the generated array of modules.  A layer may
# use those before it; a checker (tools/check/layering) holds the includes to it.
# Archives name each other in both directions only through the generated array,
# so programs link all of them as one group: pave_all.
file(GLOB_RECURSE may_malloc CONFIGURE_DEPENDS
	${CMAKE_SOURCE_DIR}/src/base/*.c ${CMAKE_SOURCE_DIR}/src/lang/value/*.c
	${CMAKE_SOURCE_DIR}/src/core/*.c)
set_source_files_properties(${may_malloc} PROPERTIES COMPILE_DEFINITIONS PV_MAY_MALLOC)

set(lower)
set(libs)
foreach(layer IN ITEMS base lang core LISTS PAVE_LAYERS)
	set(sources)
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${layer}/*.c)
	if(layer STREQUAL "base") # the RE2 shim is the one C++ file
		file(GLOB_RECURSE shim CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.cc)
		list(LENGTH shim n)
		if(n GREATER 1)
			message(FATAL_ERROR "src/base: one C++ file (the RE2 shim) is allowed, found: ${shim}")
		endif()
		list(APPEND sources ${shim})
	endif()
	list(FILTER sources EXCLUDE REGEX "/src/[^/]+/[^/]+/(cases|e2e|web|testdata|fixtures)/")
	if(NOT sources)
		continue()
	endif()
	add_library(${layer} STATIC ${sources})
	target_link_libraries(${layer} PUBLIC pave_flags ${${layer}_libraries})
	foreach(below IN LISTS lower)
		target_link_libraries(${layer} PUBLIC ${${below}_libraries})
	endforeach()
	if(EXISTS ${CMAKE_SOURCE_DIR}/src/base/banned.h)
		target_compile_options(${layer} PRIVATE
			"$<$<COMPILE_LANGUAGE:C>:SHELL:-include base/banned.h>")
	endif()
	list(APPEND libs ${layer})
	list(APPEND lower ${layer})
endforeach()

# <layer>_<module>_module of every src/<layer>/<module>/module.c.
set(externs)
set(entries)
foreach(layer IN ITEMS core LISTS PAVE_LAYERS)
	file(GLOB modules CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${layer}/*/module.c)
	foreach(file IN LISTS modules)
		cmake_path(GET file PARENT_PATH dir)
		cmake_path(GET dir FILENAME module)
		string(APPEND externs "extern const pv_module ${layer}_${module}_module;\n")
		string(APPEND entries "\t&${layer}_${module}_module,\n")
	endforeach()
endforeach()
set(generated ${embed_dir}/embed_table.c ${embed_dir}/embed_bytes.S ${embed_dir}/commit.c)
add_custom_target(commit BYPRODUCTS ${embed_dir}/commit.c
	COMMAND ${CMAKE_SOURCE_DIR}/tools/commit ${embed_dir}/commit.c)
if(EXISTS ${CMAKE_SOURCE_DIR}/src/core/module.h)
	file(CONFIGURE OUTPUT ${embed_dir}/modules.c CONTENT "/* Made by tools/cmake/layers.cmake from the module.c files. */
#include \"core/module.h\"

@externs@
extern const pv_module *const pv_modules[];
const pv_module *const pv_modules[] = {
@entries@\t0,
};
" @ONLY)
	list(APPEND generated ${embed_dir}/modules.c)
endif()
add_library(generated STATIC ${generated})
add_dependencies(generated commit)
target_link_libraries(generated PRIVATE pave_flags)
list(APPEND libs generated)

list(JOIN libs "," group)
add_library(pave_all INTERFACE)
target_link_libraries(pave_all INTERFACE "$<LINK_GROUP:RESCAN,${group}>")
