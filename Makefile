# A thin front: every target is a CMake preset or a script that also works by hand.
SHELL := /bin/bash
PREFIX ?= /usr/local
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help deps build test mnist char_lm transformer_lm bench check install clean asan tsan ubsan

help:
	@echo "make mnist               train a CNN on MNIST (options: ARGS=\"--epochs 1 --threads 2\")"
	@echo "make char_lm             train an LSTM on a novel and let it write; likewise: make transformer_lm"
	@echo "make test                build and run every test"
	@echo "make build               build everything in Release (build/release)"
	@echo "make bench               measure against LibTorch and write docs/performance.md"
	@echo "make check               format, layers, header budget"
	@echo "make install PREFIX=DIR  install headers, library, CMake package and pkg-config files"
	@echo "make deps                install missing system packages (Debian, Ubuntu)"
	@echo "make asan|tsan|ubsan     build and run the tests under a sanitizer"
	@echo "make clean               remove build/"

deps:
	@tools/deps.sh

build/%/build.ninja:
	cmake --preset $*

build: deps build/release/build.ninja
	cmake --build --preset release

test: build
	ctest --preset release $(ARGS)

mnist: deps build/release/build.ninja
	cmake --build --preset release --target mnist
	build/release/examples/mnist/mnist $(ARGS)

char_lm transformer_lm: deps build/release/build.ninja
	cmake --build --preset release --target $@
	build/release/examples/$@/$@ $(ARGS)

bench: deps
	@tools/deps.sh --bench
	cmake --preset bench
	cmake --build --preset bench
	python3 bench/compare.py --build build/bench --write docs/performance.md $(ARGS)
	python3 bench/footprint.py --build build/bench --write docs/performance.md

check: deps
	@./check --no-tests

install: deps build/release/build.ninja
	cmake --build --preset release --target lampas
	cmake --install build/release --prefix "$(PREFIX)"

asan tsan ubsan: deps
	cmake --preset $@
	cmake --build --preset $@
	ctest --preset $@ $(ARGS)

clean:
	rm -rf build
