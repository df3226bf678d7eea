# Every target explains itself in `make help`.
SHELL := /bin/bash
# Also where the installer of Rust has just put it.
CARGO ?= $(shell command -v cargo || echo "$$HOME/.cargo/bin/cargo")
DATA ?= data

.PHONY: help run test soak soak-calls bench demo fmt lint web setup-run setup-test docs-check

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: setup-run web ## Install what is missing, build, start a demo call centre and say what to open
	$(CARGO) build --release -p cordboard
	./target/release/cordboard run --demo --data $(DATA)

demo: setup-test ## Beside a running `make run`: anna's phone and a caller, both audible afterwards
	bash demo/demo.sh $(DATA)

test: setup-test web ## Check style, build and run every test (real phones, real browser)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(CARGO) build --quiet -p cordboard
	$(CARGO) test --workspace
	CORDBOARD_TEST_DATABASE=postgres $(CARGO) test --quiet -p backend --test backend -- --skip on_sqlite --skip on_postgres
	cd web && npm run --silent check && npm test --silent

soak: ## Simulate days of the routing core until one breaks a promise; DAYS=20000 or more
	ACD_SIM_DAYS=$(or $(DAYS),20000) $(CARGO) test --release -p acd --lib -- --nocapture simulation::random simulation::inputs

soak-calls: setup-test web ## An hour of calls while everything is killed at random; MINUTES=60
	$(CARGO) build --release -p cordboard
	CORDBOARD_BIN=$(CURDIR)/target/release/cordboard MINUTES=$(or $(MINUTES),60) $(CARGO) test -p cordboard-tests --test centre -- --ignored --nocapture scripted_hour::an_hour

bench: setup-test web ## Measure the release build with sipp; writes bench/RESULTS.md and SESSIONS.md (minutes)
	$(CARGO) build --release -p cordboard -p cordboard-bench -p cordboard-bench-sessions
	./target/release/cordboard-bench-sessions
	./target/release/cordboard-bench

fmt: ## Format the code
	$(CARGO) fmt --all

lint: ## The compiler's and clippy's opinion
	$(CARGO) clippy --workspace --all-targets -- -D warnings

web: web/dist/index.html ## Build the agents' page

web/dist/index.html: web/package-lock.json $(shell find web/src web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm ci --no-audit --no-fund && npm run build

setup-run:
	@bash tools/setup.sh run

setup-test:
	@bash tools/setup.sh test
