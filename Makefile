# Needs Python 3.11 or later and make; everything else is put into .venv on first use.
#
#   make run ARGS="--port 9000"     make test ARGS="-k codes"

# The first Python that is new enough; PYTHON=… overrides it.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)

VENV := .venv
OLDEST := .venv-oldest
BIN := $(VENV)/bin
CODE = $(wildcard emulator tests examples benchmarks)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-oldest coverage mutants lint format docs bench bench-smoke image-test clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/.run ## start the emulator (ARGS are its flags)
	@exec $(BIN)/wechat-emulator $(ARGS)

# Two workers where there are two cores; a single test under a debugger is better run by hand.
test: $(VENV)/.dev ## run the tests (ARGS are pytest's)
	$(BIN)/pytest -n auto $(ARGS)

test-oldest: $(OLDEST)/.done ## run the tests with the oldest dependencies we promise
	$(OLDEST)/bin/pytest -n auto $(ARGS)

coverage: $(VENV)/.dev ## run the tests and say which branches they leave out
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

mutants: $(VENV)/.mutants ## change MODULE in small ways and say which the tests let pass; takes minutes
	$(BIN)/python -m tests.mutants $(MODULE)

lint: $(VENV)/.dev ## ruff, its formatter, the floors of the house and mypy --strict
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy --strict $(CODE)

format: $(VENV)/.dev ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev ## write what comes from the code: docs/, the schema, the texts of mistakes
	$(BIN)/python -m tests.reference

bench: $(VENV)/.dev ## measure; takes minutes and a quiet machine
	$(BIN)/python -m benchmarks $(ARGS)

bench-smoke: $(VENV)/.dev ## check that every benchmark still runs
	$(BIN)/python -m benchmarks --smoke $(ARGS)

image-test: $(VENV)/.run ## build the container image, start it and log in (root, buildah, debootstrap)
	$(BIN)/python -m tests.image.check

clean: ## forget the environment and every cache
	rm -rf $(VENV) $(OLDEST) build dist .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps are newer than pyproject.toml, or the install runs again.
$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(VENV)/.mutants: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --group mutants
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Each floor in `dependencies` becomes an exact version.
$(OLDEST)/.done: $(VENV)/.pip pyproject.toml
	$(BIN)/python -m venv --clear $(OLDEST)
	sed -n '/^dependencies/,/^]/s/^ *"\(.*\)>=\([0-9.]*\).*/\1==\2/p' pyproject.toml >$(OLDEST)/floors
	$(BIN)/python -m pip --python $(OLDEST)/bin/python install --quiet \
		--constraint $(OLDEST)/floors --editable . --group dev
	@touch $@

# --group came with pip 25.1; the pip inside a venv is as old as its Python.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { \
		echo "make: no Python 3.11 or later on PATH; name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "make: $(PYTHON) cannot make a virtual environment (no ensurepip)." >&2; \
		echo "      On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@
