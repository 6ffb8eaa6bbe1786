# Everything a person needs, in few words:
#   make run     set up what is missing, build the page, start the platform with the demo market
#   make build   set up and build without starting
#   make check   the fast checks: format, lint, types, floor plan, house rules, fast tests (under a minute)
#   make test    everything: the checks, all tests, the page in a real browser
#   make bench   the benchmarks, as JSON
# Needs Python 3.11, make and git. Node comes from the system (20 or newer) or from a wheel.

PYTHON ?= python3.11
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .build
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

.PHONY: run build check test bench accept lock clean affected

run: build
	@exec $(BIN)/jts run --demo

build: $(STAMPS)/run $(STAMPS)/web

check: $(STAMPS)/dev
	@$(BIN)/python tools/check.py

test: $(STAMPS)/dev $(STAMPS)/web
	@$(BIN)/python tools/check.py --all

affected: $(STAMPS)/dev
	@$(BIN)/python tools/affected.py

bench: $(STAMPS)/dev
	@$(BIN)/python benchmarks/run_all.py

accept: $(STAMPS)/dev
	@JTS_ACCEPT=1 $(BIN)/pytest tests/language -q

lock: $(STAMPS)/dev
	@$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) $(STAMPS) web/node_modules web/dist

$(STAMPS)/venv: requirements/bootstrap.txt
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	  { echo "JTS needs Python 3.11, found: $$($(PYTHON) --version 2>&1). Install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(STAMPS)/run: $(STAMPS)/venv requirements/run.txt pyproject.toml
	@echo "installing what JTS runs on"
	@VIRTUAL_ENV=$(VENV) UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install -q --require-hashes -r requirements/run.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps -e .
	@$(BIN)/python -m compileall -q src || true
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements/dev.txt
	@echo "installing what the checks need"
	@VIRTUAL_ENV=$(VENV) UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/node: $(STAMPS)/venv requirements/node.txt
	@if ! node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null || ! npm --version >/dev/null 2>&1; then \
	  echo "installing Node from a wheel"; \
	  VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r requirements/node.txt; \
	  $(BIN)/python tools/node_from_wheel.py $(BIN); \
	fi
	@touch $@

$(STAMPS)/node_modules: $(STAMPS)/node web/package.json web/package-lock.json
	@echo "installing what the page is built with"
	@cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/web: $(STAMPS)/node_modules $(WEB_SOURCES)
	@echo "building the page"
	@cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	@touch $@
