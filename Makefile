# Needs Python 3.11 or later and make; everything else is put into .venv on first use.
#
#   make run ARGS="--port 9000"     make test ARGS="-k codes"

# The first Python that is new enough; PYTHON=… overrides it.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)

VENV := .venv
OLDEST := .venv-oldest
NEWEST := .venv-newest
BIN := $(VENV)/bin
# Other people's programs, and what stands in the docs: as long as all other tests together.
CLIENTS := tests/sdk tests/reach tests/docs tests/test_readme.py tests/testing/test_pytest_plugin.py \
	tests/miniprogram/test_npm.py
CODE = $(wildcard emulator tests examples benchmarks)
ARGS ?=
# The releases that everything was tested with; `make lock` renews them.
LOCKED := --constraint constraints.txt --build-constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test clients soak test-oldest test-newest coverage mutants lint format docs lock bench \
	bench-smoke image-test clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/.run ## start the emulator (ARGS are its flags)
	@exec $(BIN)/wechat-emulator $(ARGS)

# Two workers where there are two cores; a single test under a debugger is better run by hand.
# In random order; the first lines say the seed, ARGS=--randomly-seed=SEED repeats it.
test: $(VENV)/.dev ## run the tests, but for those of `clients` (ARGS are pytest's)
	$(BIN)/pytest -n auto $(CLIENTS:%=--ignore=%) $(ARGS)

clients: $(VENV)/.dev ## run the SDKs, programs and recipes of docs/ against the emulator
	$(BIN)/pytest -n auto $(CLIENTS) $(ARGS)

test-oldest: $(OLDEST)/.done ## run the tests with the oldest dependencies we promise
	$(OLDEST)/bin/pytest -n auto $(ARGS)

# What `pip install` gets today, so it is looked for in every run.
test-newest: $(NEWEST)/.made ## run the tests with the newest release of everything
	$(BIN)/python -m pip --python $(NEWEST)/bin/python install --quiet \
		--upgrade --upgrade-strategy eager --editable . --group dev
	$(NEWEST)/bin/pytest -n auto $(ARGS)

soak: $(VENV)/.dev ## let a million log in while clients leave and worlds come and go; ten minutes
	$(BIN)/python -m tests.soak $(ARGS)

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

# Without an address or a comment: what uv writes there differs from machine to machine.
lock: $(VENV)/.pip ## renew constraints.txt: the newest releases that go together
	$(BIN)/python -m pip install --quiet --upgrade uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--group dev --no-header --no-annotate \
		--output-file constraints.txt pyproject.toml

bench: $(VENV)/.dev ## measure; takes minutes and a quiet machine
	$(BIN)/python -m benchmarks $(ARGS)

bench-smoke: $(VENV)/.dev ## check that every benchmark still runs
	$(BIN)/python -m benchmarks --smoke $(ARGS)

image-test: $(VENV)/.run ## build the container image, start it and log in (root, buildah, debootstrap)
	$(BIN)/python -m tests.image.check

clean: ## forget the environment and every cache
	rm -rf $(VENV) $(OLDEST) $(NEWEST) build dist .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps are newer than pyproject.toml and constraints.txt, or the install runs again.
$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet $(LOCKED) --group dev
	@touch $@

$(VENV)/.mutants: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --group mutants
	@touch $@

$(VENV)/.run: $(VENV)/.pip pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet $(LOCKED) --editable .
	@touch $@

# Each floor in `dependencies` becomes an exact version; what they need in turn is not as locked,
# since old releases bar new ones.
$(OLDEST)/.done: $(VENV)/.pip pyproject.toml
	$(BIN)/python -m venv --clear $(OLDEST)
	sed -n '/^dependencies/,/^]/s/^ *"\(.*\)>=\([0-9.]*\).*/\1==\2/p' pyproject.toml >$(OLDEST)/floors
	$(BIN)/python -m pip --python $(OLDEST)/bin/python install --quiet \
		--constraint $(OLDEST)/floors --editable . --group dev
	@touch $@

$(NEWEST)/.made: $(VENV)/.pip
	$(BIN)/python -m venv --clear $(NEWEST)
	@touch $@

# --build-constraint came with pip 25.3; the pip inside a venv is as old as its Python.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { \
		echo "make: no Python 3.11 or later on PATH; name one with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "make: $(PYTHON) cannot make a virtual environment (no ensurepip)." >&2; \
		echo "      On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.3'
	@touch $@
