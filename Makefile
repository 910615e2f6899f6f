# Portico: `make up` runs it, `make test` proves it. Needs Python 3.11 or newer, and no more.

PYTHON ?= python3
PORT_OFFSET ?=
SCALE ?=
BIN := .venv/bin
PACKAGES := contracts kit gateway ops services/identity services/records services/messaging \
	services/scheduling services/billing services/notifications
PYTEST := $(BIN)/pytest
# Two processes (conftest.py says who takes what), unless they would share servers that are given.
SIDE_BY_SIDE := $(if $(PORTICO_POSTGRES_URL)$(PORTICO_AMQP_URL),,-n 2 --max-worker-restart=0)

# Every process of ours that starts would compile all of its libraries anew: seconds each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install up down status test test-unit test-integration test-journeys test-chaos \
	chaos bench lint contracts lock

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

install: .venv/.installed ## Make .venv from the lock

.venv/.installed: requirements.lock ops/install.py $(PACKAGES:=/pyproject.toml)
	@$(PYTHON) ops/install.py

up: install ## Start everything, and say where it is (PORT_OFFSET=100, SCALE="records=2")
	@$(BIN)/portico up $(if $(PORT_OFFSET),--port-offset $(PORT_OFFSET)) $(addprefix --scale ,$(SCALE))

down: install ## Stop everything; data stay
	@$(BIN)/portico down

status: install ## Say how each process fares
	@$(BIN)/portico status

test: install programs lint ## Lint, types, shape, and every test
	$(PYTEST) $(SIDE_BY_SIDE)

test-unit: install ## The packages' own tests, and those of the house's shape
	$(PYTEST) $(PACKAGES) tests/architecture

test-integration: install programs ## Several services together, and the refusals
	$(PYTEST) tests/integration tests/security

test-journeys: install programs ## A browser walks through the portal
	$(PYTEST) tests/journeys

test-chaos: install programs ## Attack a private copy: the short form, some four minutes
	@$(BIN)/portico chaos

chaos: install programs ## Attack it for hours, and write docs/reliability.md
	@$(BIN)/portico chaos --long

bench: install ## Measure, beside baselines taken in the same run
	@$(BIN)/portico bench

lint: install ## Style, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy contracts/portico_contracts kit/portico_kit $(wildcard services/*/*/domain*)
	$(BIN)/lint-imports

contracts: install ## Write anew what follows from contracts: samples, pages, who may ask what
	$(BIN)/python -m portico_contracts.golden
	$(BIN)/python -m portico_contracts.asyncapi
	$(BIN)/python tests/architecture/house.py --write

.PHONY: programs
programs: install
	@$(BIN)/python -m portico_ops.system_packages chromium rabbitmq-server

lock: install ## Make requirements.lock again from the pyproject files
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
		--custom-compile-command "make lock" $(OURS:%=--no-emit-package %) -o requirements.lock

OURS := $(addprefix portico-,contracts kit gateway ops identity records messaging scheduling \
	billing notifications)
