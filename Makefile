# Everything a person types. `make` alone lists the targets; `make check` is exactly what CI runs.
# Works with GNU make 3.81 (macOS) and newer.

SHELL  := /bin/bash
PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 3
PY     := $(VENV)/bin/python
ESEP   := $(VENV)/bin/esep
CODE   := schemas services dashboards tests

# A stamp says: this lock file is installed.
RUNTIME := $(VENV)/.runtime-installed
DEV     := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help setup run kafka kafka-stop test check planks bench chaos lint types laws generated fmt schemas dashboards lock clean

help: ## list these targets
	@printf '\nEsep keeps the account of what a government owes its parliament and its public.\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1mmake %-11s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\n  make run PORT=8080 DATA=/srv/esep   another port, another data folder'
	@printf '\n  make setup PYTHON=python3.12        another Python (3.11 or newer)\n\n'

## -- run ---------------------------------------------------------------------------------------------

setup: $(RUNTIME) ## make .venv with the esep command (once; again when requirements change)
	@echo "Ready: $(ESEP) --help"

run: $(RUNTIME) ## start everything on this machine with demonstration data, and say where to look
	@$(ESEP) up --demo $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)')

kafka: $(DEV) ## start an Apache Kafka on this machine (Java 17, Maven), and say where it answers
	@$(PY) -m tests.kafka start $(if $(KAFKA_PORT),--port '$(KAFKA_PORT)')

kafka-stop: $(DEV) ## stop it; its log stays in .kafka for the next start
	@$(PY) -m tests.kafka stop

$(RUNTIME): requirements/runtime.txt requirements/install.sh pyproject.toml
	@requirements/install.sh '$(PYTHON)' '$(VENV)' requirements/runtime.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements/dev.txt
	@requirements/install.sh '$(PYTHON)' '$(VENV)' requirements/dev.txt
	@touch $@

## -- check -------------------------------------------------------------------------------------------

test: $(DEV) ## run the tests (make test ARGS='tests/domain -k deadline')
	@$(PY) -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint types laws generated test ## everything CI checks, in its order

lint: $(DEV) ## style, banned names, formatting
	@$(PY) -m ruff check $(CODE)
	@$(PY) -m ruff format --check $(CODE)

types: $(DEV) ## mypy --strict
	@$(PY) -m mypy

laws: $(DEV) ## who may import whom
	@$(VENV)/bin/lint-imports --no-logo

generated: $(DEV) ## are schemas/generated, dashboards/generated, docs/rules, docs/states and docs/metrics.md current?
	@$(PY) -m schemas.generate --check
	@$(ESEP) dashboards check
	@$(ESEP) rules pages --check
	@$(PY) -m tests.golden.pages --check
	@$(PY) -m services.adapters.telemetry_page --check

planks: $(DEV) ## break each promise on purpose, in a copy, and see the named test fail (ARGS=name: only that one)
	@$(PY) -m tests.planks $(ARGS)

bench: $(DEV) ## run the measurements
	@$(PY) -m pytest -m bench --capture=no --timeout=0 $(ARGS)

chaos: $(DEV) ## break everything, many times, on both brokers (make chaos ARGS='--broker kafka --faults 20'); goes on where it stopped
	@$(PY) -m tests.chaos $(ARGS)

## -- change ------------------------------------------------------------------------------------------

fmt: $(DEV) ## format, and mend what can be mended
	@$(PY) -m ruff check --fix-only --quiet $(CODE)
	@$(PY) -m ruff format $(CODE)

schemas: $(DEV) ## write schemas/generated, docs/rules, docs/states and docs/metrics.md anew
	@$(PY) -m schemas.generate
	@$(ESEP) rules pages
	@$(PY) -m tests.golden.pages
	@$(PY) -m services.adapters.telemetry_page

dashboards: $(RUNTIME) ## write dashboards/generated anew
	@$(ESEP) dashboards build

LOCK = $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

lock: $(RUNTIME) ## pin requirements/*.in into *.txt (make lock UPGRADE=1 takes newer versions)
	@$(PY) -m pip install --quiet --disable-pip-version-check 'uv==0.13.9'
	@$(LOCK) requirements/build.in requirements/runtime.in --output-file requirements/runtime.txt
	@$(LOCK) requirements/dev.in --constraints requirements/runtime.txt --output-file requirements/dev.txt

clean: ## remove .venv and caches; your data (.esep) stays
	@rm -rf '$(VENV)' build esep.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
