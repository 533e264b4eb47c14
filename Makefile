# `make test` is everything a change must pass; `.ci/run` calls it. `make lint` is the part that runs no test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help tools lint test compiled aside stage simulation-and-doctests format clippy docs deny advisories template template-tools build zips unit cloud queries doctests simulation oracle smoke simulate mutants chaos bench bench-tools bench-functions emulators test-aws fuzz fuzz-build fuzz-minimize invoke openapi

# Pinned tools go into .tools, unless they are installed already.
DENY := 0.20.2
NEXTEST := 0.9.143
CARGO_FUZZ := 0.13.2
UV := 0.13.9
DUCKDB := 2.0.0
MINISTACK := 1.5.33
SAM_TRANSLATOR := 1.115.0
MOTO := 5.2.5
SAM := 1.170.0
CFN_LINT := 1.58.0
CFN_LINT_SERVERLESS := 0.3.6
CHECKOV := 3.3.30
export PATH := $(CURDIR)/.tools/bin:$(PATH)
# A snapshot that differs fails; it is accepted by hand with INSTA_UPDATE=always.
export INSTA_UPDATE := no

# $(call venv,name,packages): a virtual environment with exactly these Python packages. pip alone took minutes of
# both cores for the same; certificates are the system's, as with pip.
export UV_NATIVE_TLS := true
export UV_CACHE_DIR := $(CURDIR)/.tools/uv-cache
venv = [ "$$(cat .tools/$(1)/installed 2>/dev/null)" = '$(2)' ] || { \
  [ -x .tools/uv-$(UV)/bin/uv ] || { python3 -m venv .tools/uv-$(UV); .tools/uv-$(UV)/bin/pip install --quiet uv==$(UV); }; \
  .tools/uv-$(UV)/bin/uv venv --quiet --clear --python python3 --no-python-downloads .tools/$(1); \
  .tools/uv-$(UV)/bin/uv pip install --quiet --python .tools/$(1)/bin/python $(2); \
  echo '$(2)' >.tools/$(1)/installed; }

# One profile for lints, tests, simulation and demo: nothing is compiled twice.
PROFILE := --profile ci --locked
NEXTEST_RUN := cargo nextest run --workspace --cargo-profile ci --locked --cargo-quiet

# $(call step,name,command): one line when a step begins, one when it has ended well.
step = @begin=$$SECONDS; echo "==> $(1)"; $(2); echo "    $(1): ok, $$((SECONDS - begin)) s"

help:
	@echo 'make test   everything a change must pass: lint, tests, the stack on an emulator, the simulation, and the demo'
	@echo 'make lint   format, clippy, documentation, licences and bans, the template of the stack'
	@echo 'make cloud  deploys the stack with its release binaries to an emulator of AWS and runs it there (docs/TESTING.md)'
	@echo 'make zips   builds the program of the functions for AWS into target/lambda and tells how large it is; ARCH=arm64 or x86_64'
	@echo 'make simulate SEEDS=10000 FROM=0  plays runs in simulated worlds where everything goes wrong (docs/RELIABILITY.md)'
	@echo 'make mutants  switches each deliberate bug on in turn until the simulation notices it'
	@echo 'make chaos  kills a release build with SIGKILL a hundred times in one connection'"'"'s life; SEED=n KILLS=n'
	@echo 'make bench  measures Causeway beside what else could do the work (docs/BENCHMARKS.md); FINDINGS=n LEDGERS=n,n RUNS=n,n PEERS=n'
	@echo 'make bench-functions  measures the functions: start and size, page work beside a Python handler, runs of 10,000 pages'
	@echo 'make fuzz   searches for bytes from outside that break a property, ten minutes a target, two side by side;'
	@echo '            TARGET=name for one of them, SECONDS=n for another time'
	@echo 'make test-aws HOST=name CERTIFICATE=file KEY=file  the same suite in a real account (docs/TESTING.md)'
	@echo 'make invoke FUNCTION=worker EVENT=events/sqs-worker.json  hands a function an event as Lambda does; without'
	@echo '            CAUSEWAY_STACK in the environment a scripted AWS answers'
	@echo 'make advisories  looks for known vulnerabilities in the dependencies; needs a network'
	@echo 'make openapi  writes docs/openapi.json'
	@echo 'make tools  installs cargo-deny $(DENY) and cargo-nextest $(NEXTEST) into .tools if they are missing'

# The link of the functions takes minutes of one core, so lints and build have the other.
test:
	@$(MAKE) --no-print-directory -j2 -Oline zips compiled
	@$(MAKE) --no-print-directory unit queries aside smoke

compiled: lint build

lint: format clippy docs deny template

# The suite of the stage waits more than it computes, and the simulation does not care for the time of day.
aside: tools build emulators template-tools zips
	@$(MAKE) --no-print-directory -j2 -Oline stage simulation-and-doctests

simulation-and-doctests: doctests simulation

# Without optimisation and debug information cargo-deny is built in a third of the time and as fast as is needed.
tools:
	$(call step,tools,\
	  cargo deny --version >/dev/null 2>&1 || CARGO_PROFILE_DEV_DEBUG=false cargo install --quiet --debug cargo-deny --version $(DENY) --locked --root .tools; \
	  cargo nextest --version >/dev/null 2>&1 || cargo install --quiet cargo-nextest --version $(NEXTEST) --locked --root .tools)

format:
	$(call step,format,cargo fmt --all --check)

clippy:
	$(call step,clippy,cargo clippy --quiet --workspace --all-targets $(PROFILE) -- -D warnings)

docs:
	$(call step,docs,RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps --document-private-items $(PROFILE))

# The tree has packages of other platforms too, so all are fetched before the offline check.
deny: tools
	$(call step,deny,\
	  cargo fetch --quiet --locked; \
	  cargo deny --offline --log-level error check licenses bans sources)

# Fetches the database of known vulnerabilities, so it is no part of `make test`, which needs no network once its tools are
# there.
advisories: tools
	$(call step,advisories,cargo deny check advisories || \
	  { echo 'An advisory is listed above or its database could not be fetched (that needs https to github.com).'; exit 1; })

# The pins of SAM and checkov exclude each other, so each has a virtual environment.
export SAM_CLI_TELEMETRY := 0
export AWS_EC2_METADATA_DISABLED := true
TEMPLATE := infra/aws/template.yaml

template: template-tools
	$(call step,cfn-lint,.tools/template/bin/cfn-lint --config-file infra/aws/cfnlint.yaml)
	$(call step,sam validate,\
	  AWS_DEFAULT_REGION=eu-central-1 .tools/template/bin/sam validate --lint --template $(TEMPLATE) >/dev/null)
	$(call step,checkov,.tools/checkov/bin/checkov --config-file infra/aws/checkov.yaml >/dev/null || \
	  .tools/checkov/bin/checkov --config-file infra/aws/checkov.yaml)

template-tools:
	$(call step,template tools,\
	  $(call venv,template,aws-sam-cli==$(SAM) cfn-lint==$(CFN_LINT) cfn-lint-serverless==$(CFN_LINT_SERVERLESS)); \
	  $(call venv,checkov,checkov==$(CHECKOV)))

# Native builds on Linux need nothing but cargo. For another processor or system cargo-lambda brings a linker and C library along:
# python3 -m venv .tools/lambda && .tools/lambda/bin/pip install cargo-lambda ziglang && rustup target add aarch64-unknown-linux-gnu
# All functions are one program, so that it can be optimised as a whole (docs/adr/0017).
ARCH ?= $(shell uname -m)
ZIP_LIMIT := 8300000
ZIP := import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9).write(sys.argv[2], "bootstrap")
GLIBC := GLIBC_2.34

zips:
	$(call step,functions for $(ARCH),\
	  if [ '$(ARCH)' = "$$(uname -m)" ] && [ "$$(uname -s)" = Linux ]; then \
	    cargo build --quiet --profile function --locked -p causeway-functions; built=target/function/causeway-functions; \
	  else \
	    PATH="$(CURDIR)/.tools/lambda/bin:$$PATH" cargo lambda build --profile function --locked --$(ARCH) -p causeway-functions; \
	    built=target/lambda/causeway-functions/bootstrap; \
	  fi; \
	  program=target/lambda/functions/bootstrap; zip=target/lambda/functions.zip; \
	  install -D "$$built" $$program; \
	  newest=$$(grep -ao 'GLIBC_2\.[0-9]*' $$program | sort -uV | tail -n 1); \
	  [ "$$(printf '%s\n' "$$newest" $(GLIBC) | sort -V | tail -n 1)" = $(GLIBC) ] || { \
	    echo "the program needs $$newest and Amazon Linux 2023 has $(GLIBC): build on an older system"; exit 1; }; \
	  rm -f $$zip; python3 -c '$(ZIP)' $$zip $$program; \
	  size=$$(stat -c %s $$zip); echo "    $$zip: $$((size / 1000)) kB"; \
	  [ $$size -le $(ZIP_LIMIT) ] || { echo "$$zip is larger than $(ZIP_LIMIT) bytes"; exit 1; }; \
	  echo '    deploy with Architecture=$(ARCH:aarch64=arm64)')

build:
	$(call step,build,cargo build --quiet --workspace --all-targets $(PROFILE))

unit: tools build emulators
	$(call step,unit,$(NEXTEST_RUN) --status-level slow)

# AWS on loopback for the tests of shared/aws; the Python packages live in the checkout.
emulators:
	$(call step,emulators,\
	  $(call venv,aws,ministack==$(MINISTACK) aws-sam-translator==$(SAM_TRANSLATOR) moto[server]==$(MOTO)))

# The stage starts the emulator, deploys two stacks by SAM, and runs the suite against them.
cloud: tools build emulators template-tools zips
	@$(MAKE) --no-print-directory stage

stage:
	$(call step,cloud,\
	  target/ci/cloud-stage $(NEXTEST_RUN) -E 'package(causeway-cloud)' --status-level pass --run-ignored only --test-threads 16)

# In the account of the environment's credentials: the contract of the ports, and the suite of `make cloud` on two stacks
# there. HOST is a name by which AWS reaches this machine, on any port; CERTIFICATE (with its chain) and KEY are for that
# name. Two tests need the emulator: one sends messages twice, one kills functions. What is made is named after PREFIX,
# and remains for a person to look at and remove.
PREFIX ?= causeway-test

test-aws: tools build template-tools zips
	$(call step,contract,\
	  CAUSEWAY_TEST_PREFIX=$(PREFIX) $(NEXTEST_RUN) --test aws --status-level pass --run-ignored only -E 'test(account::)')
	$(call step,suite,\
	  target/ci/cloud-stage --prefix $(PREFIX) --host $(or $(HOST),$(error HOST is not set)) \
	    --certificate $(CERTIFICATE) --key $(KEY) \
	    $(NEXTEST_RUN) --status-level pass --run-ignored only \
	    -E 'package(causeway-cloud) - test(messages_that_come_twice) - test(functions_that_are_killed)')

# DuckDB asks a home what docs/QUERIES.md asks; its Python package lives in the checkout.
queries: tools build
	$(call step,queries,\
	  $(call venv,duckdb,duckdb==$(DUCKDB)); \
	  $(NEXTEST_RUN) --status-level fail --run-ignored only queries)

doctests:
	$(call step,doctests,MAKEFLAGS= cargo test --quiet --workspace --doc $(PROFILE))

# The fixed seeds must also show enough of what is interesting; the fresh ones are others each time, and told.
simulation: build
	$(call step,simulation,\
	  play() { told=$$(target/ci/simulate "$$@") || { echo "$$told"; return 1; }; tail -n 1 <<<"$$told"; }; \
	  play --seeds 2000 --often; \
	  play --seeds 1000 --from "$$(date +%s)000")

SEEDS ?= 10000
FROM ?= 0
simulate:
	cargo run --quiet --release --locked -p causeway-simulation -- --seeds $(SEEDS) --from $(FROM)

# Each deliberate bug in turn, until the oracle notices it; then the same seeds without any.
mutants:
	cargo run --quiet --release --locked -p causeway-simulation --features mutants -- --mutants --seeds 5000
	cargo run --quiet --release --locked -p causeway-simulation -- --patches --seeds 5000

# The quickest of them as a test, so that the oracle does not go blind unnoticed.
oracle: tools
	$(call step,oracle,\
	  cargo nextest run -p causeway-simulation --features mutants --locked --cargo-quiet \
	    --status-level slow -E 'test(the_oracle_notices)')

# The demo ends with commands to try, which must work as they stand there.
smoke: build
	$(call step,smoke,\
	  folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; cd "$$folder"; \
	  '$(CURDIR)/target/ci/causeway' demo </dev/null | tee told; \
	  awk -F '  +' '$$2 ~ /ci.causeway / { print $$2 }' told >commands; \
	  [ "$$(wc -l <commands)" -eq 5 ]; \
	  while read -r command; do $$command </dev/null >shown || { echo "fails: $$command"; exit 1; }; [ -s shown ]; done <commands)

# The seed of the moments at which processes are killed; it is printed, and given again it draws the same moments.
SEED ?= $(shell date +%s)
KILLS ?= 120

chaos:
	$(call step,release build,cargo test --quiet --release --locked --package causeway --test end_to_end --no-run)
	$(call step,chaos,\
	  CHAOS_SEED=$(SEED) CHAOS_KILLS=$(KILLS) cargo test --quiet --release --locked --package causeway --test end_to_end \
	    -- --ignored --nocapture --test-threads 1 chaos::)

# Sizes: findings of the pages, of the ledgers, of the runs (both one after the other), and of the peers' job.
FINDINGS ?= 20000
LEDGERS ?= 1000000
RUNS ?= 10000,100000
PEERS ?= 20000

# Figures go to stdout and, together, into target/bench.md.
bench: bench-tools
	$(call step,release build,cargo build --quiet --release --locked -p causeway -p causeway-benchmarks)
	$(call step,bench,\
	  { target/release/bench transform --findings $(FINDINGS); \
	    target/release/bench reconcile --rows $(LEDGERS); \
	    target/release/bench run --findings $(RUNS); \
	    target/release/bench peers --findings $(PEERS); } | tee target/bench.md)

# The functions as they are deployed. With SHARE=--share a process gets no more of a processor than Lambda gives with its
# memory, for which this user must be allowed to make control groups.
STARTS ?= 40
MILLION ?= 20000,100000
WORKERS ?= 2,10,50
SHARE ?=

bench-functions: zips
	$(call step,python handler,$(call venv,peer-lambda,$(shell grep -v '^\#' tests/bench-peers/requirements-lambda.txt)))
	$(call step,release build,cargo build --quiet --release --locked -p causeway -p causeway-benchmarks)
	$(call step,bench-functions,\
	  { target/release/bench start --starts $(STARTS); \
	    target/release/bench functions --findings $(MILLION) $(SHARE); \
	    target/release/bench pages --findings 100000 --page-size 1000 --workers 2; \
	    target/release/bench pages --workers $(WORKERS); } | tee target/bench-functions.md)

# One virtual environment for each, because their pins exclude each other.
bench-tools:
	$(call step,peers,\
	  $(call venv,duckdb,duckdb==$(DUCKDB)); \
	  $(foreach peer,dlt singer target,$(call venv,peer-$(peer),$(shell grep -v '^\#' tests/bench-peers/requirements-$(peer).txt));) true)

# The instruments of the fuzzer and of the address sanitizer are compiler flags that only a nightly takes; with
# RUSTC_BOOTSTRAP the pinned stable compiler takes them too, so the code under search is the code that ships.
FUZZ := cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
SECONDS := 600

fuzz: fuzz-build
	$(call step,fuzz,\
	  printf '%s\n' $(or $(TARGET),$(FUZZ_TARGETS)) | xargs -P 2 -I{} fuzz/run {} $(SECONDS))

fuzz-build:
	$(call step,build for fuzzing,\
	  cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet cargo-fuzz --version $(CARGO_FUZZ) --locked --root .tools; \
	  $(FUZZ) build --target-dir ../target/fuzz $(TARGET))

# Of everything that was found, the smallest files that reach as much; what is kept is then chosen by hand.
fuzz-minimize: fuzz-build
	$(call step,minimize,\
	  for target in $(or $(TARGET),$(FUZZ_TARGETS)); do \
	    mkdir -p "target/fuzz/smallest/$$target"; \
	    target/fuzz/*/release/"$$target" -merge=1 "target/fuzz/smallest/$$target" "fuzz/corpus/$$target" "target/fuzz/corpus/$$target"; \
	  done)

# The sample event of each function, unless another is named.
FUNCTION ?= worker
EVENT ?= $(firstword $(wildcard events/*$(FUNCTION)*.json))

invoke:
	@cargo build --quiet --workspace $(PROFILE) --bin causeway-functions --bin causeway-runtime-api
	@CAUSEWAY_FUNCTION=$(FUNCTION) target/ci/causeway-runtime-api target/ci/causeway-functions $(EVENT)

openapi:
	@cargo run --quiet $(PROFILE) -p causeway-control --example openapi > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json
