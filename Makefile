# `make help` lists the targets. Every target sets up what it needs and reports what it installs; see scripts/setup.

.PHONY: help setup demo test bench soak docs advisories install package clean
.NOTPARALLEL:

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12
	@echo
	@echo 'Requires Debian or Ubuntu, and Rust from rustup. Set PG_CONFIG=… to choose a PostgreSQL, 14 to 18.'

setup: ## Install what development needs: packages, cargo-pgrx, clients, a private PostgreSQL. Takes minutes.
	@scripts/setup --tests

demo: ## Show the extension at work on a throwaway server. Builds it first, which takes minutes.
	@scripts/setup
	@scripts/install --release
	@scripts/cluster run -- demo/run

test: ## Run all tests on throwaway servers; the last line is the count. Takes about 20 minutes.
	@scripts/test

bench: ## Measure the cost of RLS on a throwaway server. Add BENCH_ARGS='--quick' for a short run.
	@scripts/setup
	@scripts/bench $(BENCH_ARGS)

soak: ## Change memberships, sessions and keys for SECONDS=300 while users read, and check every row.
	@scripts/setup
	@scripts/install --debug
	@tests/soak $(or $(SECONDS),300)

docs: ## Build the documentation of the Rust code in target/doc.
	@scripts/setup
	@scripts/docs

advisories: ## Look for known vulnerabilities in the dependencies. Requires cargo-deny, downloads its database.
	@cargo deny check advisories

install: ## Install both extensions into your PostgreSQL, as root or with sudo. Builds them first.
	@scripts/setup
	@scripts/install --system

package: ## Build a Debian package of both extensions in target/package, to install where there is no Rust.
	@scripts/setup
	@scripts/package

clean: ## Remove everything that was built, and the private copy of PostgreSQL.
	@scripts/clean
