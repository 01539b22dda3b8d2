# make run: set up and run the Fashion-MNIST experiment. make test: set up and test.

EXPERIMENT ?= mlp-batchnorm
DATA ?= official
ARGS ?=
PYTEST_ARGS ?=
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help

.PHONY: run test test-kubeflow test-store lint fuzz faults benchmark doctor setup help

run: ## set up, then run EXPERIMENT (mlp-batchnorm) on DATA (official) with 3 seeds, and further ARGS
	@scripts/setup
	@$(PYTHON) -m pipeline run $(EXPERIMENT) --data $(DATA) --repeats 3 $(ARGS)

test: ## set up, then run all tests (PYTEST_ARGS='-m "not slow"' leaves out the long ones)
	@scripts/setup dev
	@$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

lint: ## set up, then check style, types and the import rules
	@scripts/setup dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

fuzz: ## set up, then feed hostile files to all readers (minutes; ARGS='zip tar --minutes 30')
	@scripts/setup dev
	@$(PYTHON) -m tests.fuzz $(ARGS)

benchmark: ## set up, then measure the pipeline against a bare Keras script (minutes)
	@scripts/setup
	@$(PYTHON) -m benchmarks.overhead $(ARGS)

faults: ## set up, then end runs in every node and damage every artifact (hours)
	@scripts/setup dev
	@$(PYTHON) -m tests.faults $(ARGS)

test-kubeflow: ## set up, then run packages in containers under Kubeflow's local runner (an hour)
	@scripts/setup dev
	@scripts/test-kubeflow $(IMAGE)

test-store: ## set up, then fetch data and reports from a server of S3 that others wrote (a minute)
	@scripts/setup dev
	@scripts/test-store

doctor: ## set up, then look at what this machine has
	@scripts/setup
	@$(PYTHON) -m pipeline doctor

setup: ## only set up .venv, for tests and runs
	@scripts/setup dev

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' $(MAKEFILE_LIST) | sed 's/: /\t/'
