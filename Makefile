# Everything runs in .venv, made from the pins in constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := core connectors retrieval evaluation ingest serving vouch

.DEFAULT_GOAL := help
.PHONY: help setup demo up check format format-check lint types imports test eval-gate eval-baseline clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Vouch needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

setup: .venv/.ready ## Make .venv with everything in it.

demo: setup ## Ingest examples/, start a server, ask three questions, stop it.
	$(BIN)/python examples/demo.py

up: setup ## Start Vouch and serve until Ctrl-C.
	$(BIN)/vouch up

check: format-check lint types imports test eval-gate ## All that CI checks.

format: setup ## Rewrite the code in the project's format.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

# Most of the time goes in waiting for servers; a file's servers are its own, so files run side by side.
test: setup ## Run the tests.
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# One question of the twenty that have an answer is .05; the last digit of a mean is not held against it.
# Where other work wants the cores, torch's threads waste most of theirs waiting for one another.
EVAL_RUN := $(BIN)/vouch eval run examples --corpus examples/company --no-floor --bare
EVAL_LIMITS := --max-regression recall@5=0.051 --max-regression mrr=0.051 \
	--max-regression evidence_recall@5=0.051 --max-regression answer_contains=0.051 \
	--max-regression false_abstention=0.051 --max-regression abstention_recall=0.17 \
	--min recall@5=0.9

eval-gate: setup ## Hold answers on the example company to the baseline run.
	rm -rf .vouch/eval-gate
	$(EVAL_RUN) --runs .vouch/eval-gate --name gate
	$(BIN)/vouch eval gate --runs .vouch/eval-gate gate --baseline examples/baseline.json $(EVAL_LIMITS)

eval-baseline: setup ## Make today's answers on the example company the baseline.
	rm -rf .vouch/eval-baseline
	$(EVAL_RUN) --runs .vouch/eval-baseline --name baseline
	cp .vouch/eval-baseline/baseline.json examples/baseline.json

clean: ## Remove what the other targets made, and the local index.
	rm -rf .venv .vouch .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
