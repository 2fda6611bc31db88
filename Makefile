# The face of the house.  Everything is done by CMake, Ninja and tools/.
.DEFAULT_GOAL := debug
J ?= 2
NINJA = ninja -j$(J)

help: ## this list
	@sed -nE 's/^([a-z -]+): .*## (.*)/  make \1\t\2/p; s/^([a-z -]+):  *## (.*)/  make \1\t\2/p' Makefile | expand -t 24

setup: ## install what is missing (Debian packages, Node, test dependencies)
	@tools/setup

debug: ## build/debug/pave: clang, ASan and UBSan (plain `make` does this)
release: ## build/release/pave: gcc, optimised, hardened, portal inside
tsan: ## build/tsan/pave: thread sanitizer
debug release tsan: %: build/%/build.ninja
	@$(NINJA) -C build/$@

build/%/build.ninja:
	@mkdir -p build
	@cmake --preset $* >build/$*.log 2>&1 || { cat build/$*.log; exit 1; }

run: ## set up, build and start Pave with the example organisation
	@tools/run

test: ## everything; sets itself up; about ten minutes on two cores
	@tools/test all

check: build/debug/build.ninja ## the fast part of it: checkers, unit tests, cases (TESTS='a b' for single ones)
	@tools/test check $(TESTS)

fuzz: build/fuzz/build.ninja ## fuzz one parser: make fuzz T=yaml [SECONDS=60]
	@tools/fuzz '$(T)' '$(SECONDS)'

coverage: build/coverage/build.ninja ## how much of each file the unit tests and cases run
	@tools/coverage

bench: build/release/build.ninja ## the figures of the README, measured here (B="cel_bench api.sh": some)
	@tools/bench $(B)

fmt: ## format the C files that differ from main (ALL=1: all)
	@tools/changed '$(ALL)' | xargs -r clang-format -i

lint: build/debug/build.ninja ## clang-tidy on the C files that differ from main (ALL=1: all)
	@tools/changed '$(ALL)' | grep '\.c$$' | xargs -r -n 4 -P $(J) clang-tidy --quiet -p build/debug \
		--extra-arg=-include --extra-arg=$(CURDIR)/tools/lint.h

new: ## a module from the template: make new M=delivery/foo
	@tools/new '$(M)'

bless: ## rewrite what a case wants, for review: make bless CASE=src/.../cases/010-x
	@test -n '$(CASE)' || { echo "make bless CASE=src/<layer>/<module>/cases/<name>"; exit 1; }
	@tests/cases/run --bless $(CASE)

clean: ## remove build/
	@rm -rf build

.PHONY: help setup debug release tsan coverage run test check fuzz bench fmt lint new bless clean
.PRECIOUS: build/%/build.ninja
