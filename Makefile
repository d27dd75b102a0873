# Every target does its own set-up, and says what it installs; see scripts/setup.

.PHONY: help setup demo test bench install clean
.NOTPARALLEL:

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## packages, cargo-pgrx and a private copy of Postgres; the other targets call it
	@scripts/setup

demo: setup ## a tour of the extension, on a throwaway server
	@scripts/install --release
	@scripts/cluster run -- demo/run

test: ## every test; the last line is the count
	@scripts/test

bench: setup ## measure against the targets; BENCH_ARGS='…' is handed on
	@scripts/bench $(BENCH_ARGS)

install: setup ## into your own Postgres: that of PG_CONFIG, or of the pg_config on PATH
	@scripts/install --system

clean: ## remove what was built, the private Postgres too
	@scripts/clean
