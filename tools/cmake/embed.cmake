# Files inside the program: the modules' CRDs, tables and rules and the portal, through an
# assembler file with .incbin and a table (src/core/embed.h, tools/embed).
set(crds)
set(globs)
foreach(layer IN ITEMS core LISTS PAVE_LAYERS)
	list(APPEND globs ${CMAKE_SOURCE_DIR}/src/${layer}/*/crds/*.yaml ${CMAKE_SOURCE_DIR}/src/${layer}/*/*.tsv
		${CMAKE_SOURCE_DIR}/src/${layer}/*/rules/*.rules)
endforeach()
file(GLOB crds CONFIGURE_DEPENDS ${globs})

set(embed_dir ${CMAKE_BINARY_DIR}/generated)
set(web_dir ${CMAKE_SOURCE_DIR}/build/web/dist)
set(embed_inputs ${crds})
set(embed_args)
if(PAVE_WEB AND EXISTS ${CMAKE_SOURCE_DIR}/web/package.json)
	file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*
		${CMAKE_SOURCE_DIR}/web/public/* ${CMAKE_SOURCE_DIR}/web/shell/* ${CMAKE_SOURCE_DIR}/src/*/*/web/*)
	file(GLOB web_config CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*.json
		${CMAKE_SOURCE_DIR}/web/*.ts ${CMAKE_SOURCE_DIR}/web/*.html
		${CMAKE_SOURCE_DIR}/web/*.cjs ${CMAKE_SOURCE_DIR}/web/*.mjs)
	set(web_stamp ${CMAKE_BINARY_DIR}/web.stamp)
	add_custom_command(OUTPUT ${web_stamp}
		COMMAND ${CMAKE_SOURCE_DIR}/tools/web-build ${web_dir}
		COMMAND ${CMAKE_COMMAND} -E touch ${web_stamp}
		DEPENDS ${web_sources} ${web_config} ${CMAKE_SOURCE_DIR}/tools/web-build
		USES_TERMINAL VERBATIM)
	list(APPEND embed_inputs ${web_stamp})
	list(APPEND embed_args --tree web ${web_dir})
endif()

list(JOIN crds "\n" crd_lines)
file(CONFIGURE OUTPUT ${embed_dir}/crds.list CONTENT "${crd_lines}\n" @ONLY)
add_custom_command(OUTPUT ${embed_dir}/embed_table.c ${embed_dir}/embed_bytes.S
	COMMAND ${CMAKE_SOURCE_DIR}/tools/embed ${CMAKE_SOURCE_DIR}/src ${embed_dir}
		${embed_dir}/crds.list ${embed_args}
	DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed ${embed_dir}/crds.list ${embed_inputs}
	VERBATIM)
set_source_files_properties(${embed_dir}/embed_bytes.S PROPERTIES OBJECT_DEPENDS "${embed_inputs}")
