# `make run` and `make test` are all that a newcomer needs; each sets up what it lacks.
SHELL := /bin/bash
CARGO := cargo --locked
LISTEN ?= 127.0.0.1:50051
SAMPLE ?= services/all-in-one/samples/article.ar.txt
# Tests that read the corpora of ENRICH_DATA_DIR are marked `ignore`: without the folder they count as skipped.
INCLUDE_IGNORED := $(if $(ENRICH_DATA_DIR),--include-ignored)

# A workspace of its own, so that no build of the product compiles the language models of other detectors.
LANGUAGE_BENCH := --release --manifest-path tests/language-bench/Cargo.toml --target-dir $${CARGO_TARGET_DIR:-target}

.DEFAULT_GOAL := help
.PHONY: help setup build run test test-cluster test-images bench soak lint dist images

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Fetch CPU libtorch and ONNX Runtime into the cache, once.
	@.ci/setup

build: setup ## Build every binary.
	$(CARGO) build --release --workspace --bins

run: build ## Start the all-in-one server and its page, enrich the sample article through it, keep serving.
	$${CARGO_TARGET_DIR:-target}/release/enrich serve --listen $(LISTEN) --sample $(SAMPLE)

test: build ## Run every test.
	@.ci/setup --tests
	$(CARGO) test --release --workspace -- $(INCLUDE_IGNORED)
	$(CARGO) test $(LANGUAGE_BENCH)
	@.ci/go
	@.ci/chart
	cd training && PYTHONPATH=../.python python3 -m unittest discover --start-directory tests --top-level-directory . --verbose
	cd tests/http && PYTHONPATH=../../.python-http python3 -m unittest discover --start-directory . --verbose
	cd clients/python && PYTHONPATH=src:../../.python-client python3 -m unittest discover --start-directory tests --top-level-directory . --verbose

test-cluster: ## Install the chart on a Kubernetes control plane on loopback, built once (half an hour of two cores).
	@.ci/cluster

test-images: dist ## Build the images on a Debian of debootstrap and run them; needs root, debootstrap and buildah.
	@.ci/images-test

dist: build ## Lay out under dist/ what images are made of, with bills of materials.
	@.ci/setup --dist
	@.ci/dist

images: dist ## Build the images by docker or buildah, tagged with version and commit.
	@.ci/images

bench: build ## Measure start-up, memory, speed and overload, beside other runtimes and detectors, and the Python client; needs ENRICH_DATA_DIR.
	@.ci/setup --bench
	$(CARGO) bench --package enrich-tests --bench start
	$(CARGO) bench --package enrich-core --bench topics
	$(CARGO) bench --package enrich-tests --bench overload
	$(CARGO) bench --package enrich-tests --bench doors
	BENCH_PYTHONPATH=$(CURDIR)/.bench $(CARGO) bench --package enrich-tests --bench throughput
	PYTHONPATH=$(CURDIR)/.bench python3 tests/benches/parity.py base
	BENCH_PYTHONPATH=$(CURDIR)/.bench-language $(CARGO) run $(LANGUAGE_BENCH)
	@.ci/setup --tests
	cd tests/http && PYTHONPATH=../../.python-http python3 measure.py
	cd clients/python && PYTHONPATH=src:../../.python-client python3 -m benches.throughput

soak: build ## Call the server for half an hour and see whether its memory stays; needs ENRICH_DATA_DIR.
	$(CARGO) bench --package enrich-tests --bench soak

lint: setup ## Check format, lints, licences and contracts; needs npm for buf.
	@.ci/lint
