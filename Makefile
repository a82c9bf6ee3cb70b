# One command each; every command first does the set-up it needs, and says what it does. The work is
# in scripts/; scripts/env.sh names what can be overridden: make test PG_CONFIG=/path/to/pg_config
.PHONY: help setup build install uninstall demo psql stop test test-versions test-long test-vm fuzz memcheck bench bench-quick lint audit package dist clean
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: install ## train and score a model inside PostgreSQL; its cluster stays for `make psql`
	@scripts/setup environment
	@scripts/demo/run

psql: ## a psql prompt on the demo's cluster, started with the demo's data if it is not running
	@scripts/demo/start --running >/dev/null || $(MAKE) --no-print-directory install
	@scripts/setup environment
	@scripts/demo/start
	@scripts/demo/start --psql

stop: ## end the demo's cluster and remove it
	@scripts/demo/start --stop

test: install ## all tests, on throw-away clusters; LAYERS="rust instructions python r regress server debug" picks
	@scripts/setup environment test-tools
	@scripts/test

test-versions: ## the tests of SQL and of the server on PostgreSQL 16, 17 and 18; VERSIONS="17 18" picks
	@scripts/setup packages rust environment test-tools
	@scripts/versions $(VERSIONS)

test-long: install ## what takes hours: all tests on every server and one with assertions, old and new Pythons, packages, the container image, fuzzing, memory checks
	@scripts/setup environment test-tools memory-tools image-tools
	@LAYERS="$(or $(LAYERS),everywhere environments packages images memcheck fuzz load)" scripts/test

test-vm: install ## tests in a virtual machine with a stock kernel; VM_TESTS="tests/vm …" picks, or shell
	@scripts/setup environment test-tools vm-tools
	@scripts/vm/run

fuzz: install ## streams changed at random, an hour long; SECONDS=3600, SEED and ONLY (both printed) can be given
	@scripts/setup environment test-tools
	@FUZZ_SECONDS=$(or $(SECONDS),3600) FUZZ_SEED=$(SEED) FUZZ_ONLY=$(ONLY) scripts/fuzz

memcheck: ## the R launcher's tests under valgrind and with frequent collections
	@scripts/setup packages rust test-tools memory-tools
	@scripts/memcheck

bench: install ## compare with PL/Python, PL/R, clients and others; ends with the tables of docs/performance.md
	@scripts/setup environment bench-tools
	@benches/run

bench-quick: install ## the same with a tenth of the rows and three rounds
	@scripts/setup environment bench-tools
	@benches/run --quick

lint: ## formatting, clippy, ruff, lintr, shellcheck, links and words of the documents, who imports whom
	@scripts/setup packages rust test-tools
	@scripts/lint

audit: ## the crates that this is built from: known faults, licences, sources (needs the network)
	@scripts/setup packages rust
	@scripts/audit

package: ## Debian packages, in the folder packages of the target folder; PG_CONFIGS="… …" for several servers
	@scripts/setup packages package-tools
	@scripts/package

dist: ## a source tarball with all crates, which builds without a network
	@scripts/dist

setup: ## only the set-up: Debian packages, Rust's parts, Python environments
	@scripts/setup packages rust environment test-tools

build: ## compile
	@scripts/setup packages
	@scripts/build

install: build ## compile and install into the server; DESTDIR is honoured
	@scripts/install

uninstall: ## remove what was installed
	@scripts/install --uninstall

clean: stop ## remove what was built
	cargo clean
