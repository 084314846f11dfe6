# What a newcomer needs is `make run`; what a contributor needs is `make test`. Both set up all they use, in .venv.
# Needed beforehand: Python 3.11 or newer with its venv module, and make. On Debian: apt install python3-venv make

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$name && break; done)
DATA ?= $(or $(FOOTFALL_DATA),data)
BIND ?= $(or $(FOOTFALL_BIND),127.0.0.1:8000)
SHOP ?= 127.0.0.1:8001

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# A stamp is newer than all it was made from, or is made again.
MADE := $(VENV)/made.stamp
INSTALLED := $(VENV)/installed.stamp
TESTABLE := $(VENV)/testable.stamp
FRONT_END := $(wildcard hatch_build.py package.json package-lock.json .npmrc) $(shell find static -type f -not -path 'static/built/*' 2>/dev/null)

export PIP_NO_INPUT = 1
export PIP_DEFAULT_TIMEOUT ?= 60
export DEBIAN_FRONTEND = noninteractive
# Python keeps what it has compiled, whatever is said outside: else each of the tests' many processes does it anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run demo test check build package bench docs languages clean browser routers package

help:
	@echo 'make run    start the service with its data in ./$(DATA), at http://$(BIND)'
	@echo 'make demo   start it with a demo shop and a year of made-up traffic in ./demo-data'
	@echo 'make test   all checks and tests'
	@echo 'make build  a wheel in ./dist'
	@echo 'make package  the npm package in ./dist'
	@echo 'make bench  the benchmarks behind the figures in docs/operating.md'
	@echo 'make docs   write the generated pages of docs/'
	@echo 'make languages  update the translations, and list what is missing'
	@echo 'make clean  remove everything make has created (never data)'

run: $(INSTALLED)
	@$(BIN)/footfall serve --data '$(DATA)' --bind '$(BIND)'

demo: $(INSTALLED)
	@$(BIN)/footfall demo --data demo-data --bind '$(BIND)' --shop '$(SHOP)'

test: check
	$(BIN)/python -m pytest

check: $(TESTABLE) browser routers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check analytics benchmarks docs packages hatch_build.py gunicorn.conf.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

build: $(MADE)
	$(PIP) wheel --no-deps --wheel-dir dist .

package: $(TESTABLE)
	@$(BIN)/python -m packages.tracker.build

bench: $(TESTABLE)
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/queries.py --events 1 10
	$(BIN)/python benchmarks/dashboard.py
	$(BIN)/python benchmarks/client.py
	$(PIP) install --group bench
	$(BIN)/python benchmarks/detection.py

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

languages: $(INSTALLED)
	$(BIN)/python docs/languages.py

clean:
	rm -rf $(VENV) analytics/built dist node_modules test-artefacts .mypy_cache .ruff_cache .pytest_cache .hypothesis
	cd packages/tracker && rm -rf node_modules dist LICENSE README.md
	cd tests/journey/routers && rm -rf node_modules */dist svelte/.svelte-kit astro/.astro

$(MADE):
	@test -n '$(PYTHON)' || { echo 'Footfall needs Python 3.11 or newer; none was found. With PYTHON=/path/to/python3 you can name one.' >&2; exit 1; }
	@echo 'Making a virtual environment in $(VENV) ...'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'Python has no venv module here. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(INSTALLED): $(MADE) pyproject.toml $(FRONT_END)
	@echo 'Installing Footfall and building its pages (a minute or two, the first time only) ...'
	@$(PIP) install --editable .
	@touch $@

$(TESTABLE): $(INSTALLED)
	@echo 'Installing what the tests need ...'
	@$(PIP) install --group test
	@touch $@

# The system's Chromium if there is one, else Debian's, else Playwright's own.
browser: $(TESTABLE)
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; \
	then echo 'Installing Chromium ...'; apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; \
	else $(BIN)/playwright install chromium; fi

# The npm package and the small applications that use it in tests/journey; nothing is done where they are up to date.
routers: $(TESTABLE)
	@$(BIN)/python -m tests.journey.routers.build
