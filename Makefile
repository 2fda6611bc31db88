# The face.  `make help` lists what there is.
.DEFAULT_GOAL := debug
.PHONY: debug release tsan
J ?= 2

build/%/build.ninja: CMakeLists.txt CMakePresets.json
	@cmake --preset $* >build/$*.log 2>&1 || { cat build/$*.log; exit 1; }

build:
	@mkdir -p build

debug release tsan fuzz coverage: %: | build build/%/build.ninja
	@ninja -C build/$* -j$(J)
