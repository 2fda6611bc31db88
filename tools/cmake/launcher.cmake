# ccache when it is there.  Worktrees of one machine share its entries: paths
# are made relative to the build folder and the folder itself is not hashed
# (debug information names files relative to the source tree, see flags.cmake).
find_program(CCACHE ccache)
if(CCACHE)
	set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
		CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime ${CCACHE})
	set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
	set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
