# Compiler and linker flags, carried by the interface target pave_flags.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
# Assertions are PV_ASSERT and stay on in releases, so NDEBUG is not set.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(pave_flags INTERFACE)
target_include_directories(pave_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(pave_flags INTERFACE _GNU_SOURCE PAVE_VERSION="${PROJECT_VERSION}")

set(warnings -Wall -Wextra -Wshadow -Wconversion -Wvla -Wcast-qual -Wformat=2 -Werror)
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
target_compile_options(pave_flags INTERFACE
	${warnings} $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes;-Wstrict-prototypes>
	-ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${up}=
	-fvisibility=hidden -fno-common)

if(PAVE_SANITIZE)
	target_compile_options(pave_flags INTERFACE -fsanitize=${PAVE_SANITIZE} -fno-sanitize-recover=all)
	target_link_options(pave_flags INTERFACE -fsanitize=${PAVE_SANITIZE})
	target_compile_definitions(pave_flags INTERFACE PAVE_SANITIZE)
endif()
if(PAVE_FUZZ)
	target_compile_options(pave_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PAVE_COVERAGE)
	target_compile_options(pave_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
	target_link_options(pave_flags INTERFACE -fprofile-instr-generate)
endif()
if(PAVE_HARDEN)
	target_compile_options(pave_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
		-fstack-protector-strong -fstack-clash-protection)
	if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
		target_compile_options(pave_flags INTERFACE -fcf-protection)
	endif()
	target_link_options(pave_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# lld when it is there.  It cannot read gcc's LTO objects, so LTO is clang's
# ThinLTO, with its cache beside the build.  Measured on reading and writing 9 MB
# of JSON (2 cores, 2026-11): gcc -O2 348 and 559 MB/s, gcc -flto 355 and 516,
# clang -O2 387 and 526, ThinLTO 395 and 502; so it is off by default.
find_program(LLD ld.lld)
if(LLD)
	target_link_options(pave_flags INTERFACE -fuse-ld=lld)
endif()
if(PAVE_LTO)
	if(NOT LLD OR NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
		message(FATAL_ERROR "PAVE_LTO wants clang and lld: configure with CC=clang CXX=clang++ or without PAVE_LTO")
	endif()
	target_compile_options(pave_flags INTERFACE -flto=thin)
	target_link_options(pave_flags INTERFACE -flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto)
endif()
target_link_options(pave_flags INTERFACE -Wl,--as-needed -pie)
