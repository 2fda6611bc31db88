# Third-party libraries, each wrapped once, in the layer named here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(BASE_LIBS REQUIRED IMPORTED_TARGET
	libmicrohttpd libcurl openssl gnutls libseccomp re2 zlib)
pkg_check_modules(LANG_LIBS REQUIRED IMPORTED_TARGET yaml-0.1 gmp luajit)
pkg_check_modules(CORE_LIBS REQUIRED IMPORTED_TARGET sqlite3 libgit2)
set(base_libraries PkgConfig::BASE_LIBS Threads::Threads crypt m)
set(lang_libraries PkgConfig::LANG_LIBS jq jsonnet m)
set(core_libraries PkgConfig::CORE_LIBS)
# Loaded when first called, if PAVE_LAZY (tools/lazy).
set(lazy_libraries curl git2 microhttpd gnutls crypto sqlite3 luajit-5.1 jq jsonnet seccomp z crypt yaml gmp)
