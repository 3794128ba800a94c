# What a newcomer needs: `make demo` and `make test`. Each sets up what it needs by itself.

PORT ?= 8000
PYTEST_ARGS ?=
# More than there are cores: tests wait for browsers and servers.
WORKERS ?= 3
SEED ?= 1
INPUTS ?= 1000000
BIN = .venv/bin

.PHONY: help demo test quick engines test-lowest test-newest test-python lint format layers types build \
	check-build docs docs-serve axe pictures \
	bench fuzz clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

demo: ## Runs the demo portal on 127.0.0.1 (PORT=8000)
	@tools/bootstrap.sh demo
	@$(BIN)/python -m examples.portal --port $(PORT)

test: ## Runs every test, browsers included
	@tools/bootstrap.sh test
	@tools/browser.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

quick: ## Runs the tests that need no browser: seconds
	@tools/bootstrap.sh test
	@$(BIN)/python -m pytest -n 2 -q -m "not browser and not package" $(PYTEST_ARGS)

test-lowest: ## Runs the quick tests with the lowest version of every dependency
	@tools/test-lowest.sh $(PYTEST_ARGS)

test-newest: ## Runs the quick tests with the newest version of everything
	@tools/test-newest.sh $(PYTEST_ARGS)

engines: ## Runs the main paths in Chromium, Firefox and WebKitGTK
	@tools/bootstrap.sh test
	@tools/browser.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup tests/engines $(PYTEST_ARGS)

test-python: ## Runs the quick tests on another Python (PYTHON=python3.13)
	@tools/test-python.sh "$(PYTHON)" $(PYTEST_ARGS)

lint: ## Checks format and style
	@tools/bootstrap.sh test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

format: ## Formats the code
	@tools/bootstrap.sh test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

layers: ## Checks that each room uses only the rooms below it
	@tools/bootstrap.sh dev
	@$(BIN)/lint-imports --no-logo

types: ## Checks the types, of Python and of JavaScript
	@tools/bootstrap.sh dev
	@$(BIN)/mypy
	@tools/types-js.sh

build: ## Builds static/ and the message catalogues from their sources
	@tools/bootstrap.sh test
	@$(BIN)/python -m banner.build

check-build: ## Fails if static/ or a catalogue is not what its sources build
	@tools/bootstrap.sh test
	@$(BIN)/python -m banner.build --check

docs: ## Builds the documentation's site into site/
	@tools/bootstrap.sh docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@$(BIN)/python -m tools.site site

docs-serve: ## Shows the documentation on http://127.0.0.1:8001 while it is written
	@tools/bootstrap.sh docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:8001

axe: ## Looks with axe at every state in every theme, scheme and direction
	@tools/bootstrap.sh test
	@tools/browser.sh
	@EVERY_STYLE=1 $(BIN)/python -m pytest -n 2 -q tests/browser/test_axe_states.py

pictures: ## Photographs every look; makes a contact sheet
	@tools/bootstrap.sh test
	@tools/browser.sh
	@$(BIN)/python -m tests.pictures

bench: ## Measures sizes and times; prints tables
	@tools/bootstrap.sh bench
	@tools/browser.sh
	@$(BIN)/python -m benchmarks

fuzz: ## Sends a million hostile inputs (SEED=1, INPUTS=1000000); minutes
	@tools/bootstrap.sh test
	@$(BIN)/python -m tests.fuzz --seed $(SEED) --inputs $(INPUTS) --processes 2

clean: ## Removes the environment and caches
	rm -rf .venv .venv-* .venv*.lock .pytest_cache .mypy_cache .ruff_cache .hypothesis dist site
