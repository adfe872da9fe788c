# Rackhouse: `make run` is all it takes. Python 3.11 or newer and make must be there already.

VENV ?= .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
DEBIAN_PACKAGES := chromium rabbitmq-server

INSTALLED := $(VENV)/.installed
INSTALLED_FOR_TESTS := $(VENV)/.installed-for-tests
SHOP_VIEWER := $(VENV)/.shop-viewer

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run shop test check bench test-deps lock clean

help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(INSTALLED) ## Install what Rackhouse needs to run into .venv.

setup-tests: $(INSTALLED_FOR_TESTS) ## Install what its tests and checks need, too.

run: $(INSTALLED) ## Start everything: database, API, console, jobs.
	@exec $(VENV)/bin/rackhouse up

shop: $(INSTALLED) $(SHOP_VIEWER) ## Open the example shop, beside a house that is running.
	@SHOP_STAFF_TOKEN="$$($(VENV)/bin/rackhouse token --role operator)" \
		PYTHONPATH="$(CURDIR)/clients/python/src" exec $(PYTHON) -m examples.storefront

test: $(INSTALLED_FOR_TESTS) ## Run every test, a file at a time on each processor.
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(INSTALLED_FOR_TESTS) ## Check format, style, types and the layers of the house.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest -q tests/architecture

bench: $(INSTALLED_FOR_TESTS) ## Measure, beside pgbench and the bare server; AGAINST=<a checkout>.
	$(PYTHON) -m benchmarks $(if $(AGAINST),--against $(AGAINST))

test-deps: ## Install the Debian packages that some tests need.
	@./scripts/install_test_packages.sh $(DEBIAN_PACKAGES)

lock: $(INSTALLED_FOR_TESTS) ## Resolve the dependencies anew into the requirements files.
	$(LOCK) --upgrade --extra dev -o requirements-dev.txt pyproject.toml requirements-build.in
	$(LOCK) --constraint requirements-dev.txt --extra archive -o requirements.txt pyproject.toml
	$(LOCK) --constraint requirements-dev.txt -o requirements-build.txt requirements-build.in

clean: ## Delete what was installed and made; never the data in .rackhouse.
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache src/rackhouse/console/static/vendor examples/storefront/static/vendor
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.txt requirements-build.txt pyproject.toml package-lock.json | $(PYTHON)
	$(PIP) --no-deps --require-hashes -r requirements.txt -r requirements-build.txt
	$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@$(PYTHON) scripts/fetch_console_assets.py || echo \
		"The console's JavaScript could not be fetched; it works, but does not update by itself."
	@touch $@

$(INSTALLED_FOR_TESTS): requirements-dev.txt package-lock.json $(INSTALLED) $(SHOP_VIEWER)
	$(PIP) --no-deps --require-hashes -r requirements-dev.txt
	@$(PYTHON) scripts/fetch_test_schemas.py || echo \
		"The schema of AsyncAPI could not be fetched; the test that needs it is left out."
	@touch $@

$(SHOP_VIEWER): examples/storefront/package-lock.json | $(INSTALLED)
	@$(PYTHON) scripts/fetch_shop_assets.py || echo \
		"The component that shows models could not be fetched; the shop shows pictures."
	@touch $@

# Of the interpreters on PATH, the newest that really runs and is new enough.
$(PYTHON):
	@for python in python3.14 python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then exec $$python -m venv $(VENV); fi; \
	done; \
	echo "Rackhouse needs Python 3.11 or newer, with venv, on PATH." >&2; exit 2
