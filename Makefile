# `make` prints this file's targets. PYTHON names another interpreter: make PYTHON=python3.12 install
EXTRAS ?= dev,lab,s3,server
VENV   ?= .venv
PY     := $(VENV)/bin/python
ARGS   ?=
BENCHES = $(filter-out %.measuring %.delivering %.__init__,$(patsubst benchmarks/%.py,benchmarks.%,$(wildcard benchmarks/*.py)))

ifdef PYTHON
INSTALL := $(PYTHON) -m scripts.install --with-this-python
else # an environment that is there decides, whatever `python3` is
INSTALL := $(shell $(PY) -c '' 2>/dev/null && echo $(PY) || echo python3) -m scripts.install
endif

.DEFAULT_GOAL := help
.PHONY: help install pages demo notebooks test test-setup check lint types docs docs-check format constraints bench clean distclean

help: ## print this
	@echo "codek7: set up and try with 'make demo', then 'make test'."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## make .venv with codek7 and its development tools (nothing to do: returns at once)
	@$(INSTALL) $(VENV) $(EXTRAS)

pages: install ## bundle the server's pages and the notebook's views (nothing to do: returns at once)
	@$(PY) -m scripts.pages

demo: install pages ## ingest a real clip into .demo/home, and say how to play it
	@$(PY) -m scripts.demo

notebooks: install pages ## execute the notebooks anew, and write them with what they show
	@$(PY) -m scripts.notebooks

test: install pages test-setup ## the whole test run; ARGS go to pytest: make test ARGS="tests/core -x"
	@$(PY) -m scripts.test_run $(EXTRAS) $(ARGS)

test-setup: install ## install what the tests need beyond Python packages
	@$(PY) -m scripts.test_setup

check: install lint types docs-check ## style, types, import directions, generated docs

lint: install ## ruff and import-linter
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(VENV)/bin/lint-imports

types: install pages ## mypy and tsc, strict
	@$(PY) -m mypy
	@$(PY) -m scripts.pages --types

docs: install ## write the reference pages from the code
	@$(PY) -m scripts.docs

docs-check: install ## fail where a reference page is out of date
	@$(PY) -m scripts.docs --check

format: install ## let ruff lay out the code and mend what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

constraints: install ## resolve constraints.txt anew, for every supported interpreter found
	@$(PY) -m scripts.constraints

bench: install ## every benchmark, each against a named rival; takes long
	@for bench in $(BENCHES); do echo "== $$bench"; $(PY) -m $$bench || exit 1; done

clean: ## remove caches, build output and the demo
	rm -rf .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find codek7 scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## also remove the environments and the tests' npm packages
	rm -rf $(VENV) .venv-3.* tests/web/node_modules server/web/node_modules server/codek7_server/static \
		codek7/lab/web/node_modules codek7/lab/static
