# Everything a person does with a checkout. Nothing but make, bash and Python has to be there.
SHELL := bash
.DEFAULT_GOAL := help

UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
UV_AT_LEAST := 0.9
PYTHON := .venv/bin/python
# Trust whom the machine trusts, as pip does: networks of companies have their own authorities.
export UV_SYSTEM_CERTS ?= 1
# Kept even where the machine says not to: tests start many processes, and each would compile
# all code anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## Say what there is to say
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# The demo fetches no pictures but its own.
DEMO ?= 1

.PHONY: run
run: install ## Start the whole product with its demo (DEMO=0: without); Ctrl-C stops it
	@DEMO=$(DEMO) exec $(PYTHON) manage.py run

.PHONY: test
test: install ## Run all tests; ARGS="…" goes to pytest
	@.ci/chromium
	@.venv/bin/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: chaos
chaos: install ## Kill and pause workers and databases at random, for long
	@CHAOS=long .venv/bin/pytest --numprocesses 0 -m chaos $(ARGS)

.PHONY: lint
lint: install ## Check form, types, templates, imports, settings and migrations
	@.ci/lint

.PHONY: format
format: install ## Bring code and templates into the one form
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format .
	@.ci/templates format

.PHONY: openapi
openapi: install ## Write docs/openapi.yaml anew
	@$(PYTHON) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

.PHONY: extension
extension: install ## Pack the browser extension, for browsers and their stores
	@$(PYTHON) manage.py pack_extension

.PHONY: weights
weights: install ## Fetch and check the weights of FACES_ENGINE; for the build of an image
	@$(PYTHON) manage.py fetch_face_weights

.PHONY: bench
bench: install ## Measure; one script of bench/ after the other
	@.ci/bench

.PHONY: lock
lock: $(UV) ## Write requirements.lock anew from pyproject.toml
	@.ci/lock write

.PHONY: install
install: .venv/.installed ## Make .venv hold exactly what requirements.lock names

.venv/.installed: requirements.lock | $(UV)
	@[[ -x $(PYTHON) ]] || $(UV) venv --quiet --python '>=3.11' .venv
	@$(UV) pip sync --quiet --require-hashes --python $(PYTHON) requirements.lock
	@touch $@

# A machine without uv gets one of the project's own: by pip, or without it where Python has none.
.uv/bin/uv:
	@python3 -m venv .uv >/dev/null 2>&1 \
	  && .uv/bin/pip install --quiet --disable-pip-version-check 'uv>=$(UV_AT_LEAST),<1' \
	  || python3 .ci/fetch_uv.py $(UV_AT_LEAST) $@
