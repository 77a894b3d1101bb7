# `make help` lists the targets. Everything made here stays below this folder; packages come from
# the index that pip is configured for (PIP_INDEX_URL, or uv's own UV_DEFAULT_INDEX).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell \
	$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $p)))
VENV := .venv
BIN := $(VENV)/bin
BROWSER := .cache/browser
NGINX := .cache/nginx
ARGS ?=
PORT ?= 8000
# Two more than there are cores: a test waits for others (database, browser) much of its time.
WORKERS ?= $$(( $$(getconf _NPROCESSORS_ONLN) + 2 ))

# Images often set it. Each of dozens of processes would then compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: help up test check demo bench bench-qa lock clean proto docs format browser nginx

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/.runtime ## Start the whole platform here; Ctrl-C stops it (ARGS: see `argus up --help`)
	@exec $(BIN)/argus up $(ARGS)

test: $(VENV)/.dev browser nginx ## Run all tests (ARGS go to pytest, for example ARGS="tests/kernel -x")
	@PATH="$(CURDIR)/$(BROWSER):$$PATH:$(CURDIR)/$(NGINX)/usr/sbin" exec $(BIN)/pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/.dev ## Run the linters and the house's own checks (ARGS: names of checks)
	@exec $(BIN)/python -m checks $(ARGS)

demo: $(VENV)/.dev ## Serve the Django admin, to try `argus qa run` on (PORT=8000; ARGS, see the README)
	@exec $(BIN)/python tests/subjects/django_admin.py --folder "$$(mktemp -d)" --port $(PORT) $(ARGS)

bench: $(VENV)/.dev ## Measure Argus against its targets and its peers
	@PYTHONPATH=clients/python exec $(BIN)/python -m bench $(ARGS)

bench-qa: $(VENV)/.dev browser ## Put real applications through discovery, tests and an upgrade (ARGS="trac pretix")
	@PATH="$(CURDIR)/$(BROWSER):$$PATH" PYTHONPATH=tests exec $(BIN)/python -m bench.applications $(ARGS)

format: $(VENV)/.dev ## Format the code and apply the safe fixes of ruff
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

proto: $(VENV)/.dev ## Generate the protobuf modules from proto/
	@$(BIN)/python -m checks --write proto

docs: $(VENV)/.dev ## Generate docs/api, docs/errors, docs/security/permissions.md, docs/reference, the ADR index and the client's roles
	@$(BIN)/python -m checks --write openapi errors permissions client conformance adr

lock: $(VENV)/.bootstrap ## Resolve pyproject.toml anew into requirements/ (ARGS=--upgrade for newer releases)
	@compile() { $(BIN)/uv pip compile --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command "make lock" --quiet $(ARGS) "$$@"; }; \
	compile pyproject.toml -o requirements/runtime.txt; \
	compile pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt; \
	compile --group moto -o requirements/moto.txt; \
	compile --group bootstrap -o requirements/bootstrap.txt

clean: ## Remove what can be made again; the platform's data (.argus) stays
	rm -rf $(VENV) .cache .pytest_cache .ruff_cache .import_linter_cache dist build
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# Debian's headless shell where it can be installed, else a copy from npm below this folder.
browser: $(VENV)/.dev
	@if command -v chromium-headless-shell >/dev/null || test -x $(BROWSER)/chromium-headless-shell; \
	then exit; fi; echo "Installing the browser for the tests ..."; \
	apt="apt-get -qq -o DPkg::Lock::Timeout=300"; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null && $$apt update >/dev/null && \
	  DEBIAN_FRONTEND=noninteractive $$apt install -y --no-install-recommends \
	    chromium-headless-shell fonts-liberation >/dev/null; then exit; fi; \
	shell=$$($(BIN)/python -c 'import asyncio, pathlib; \
	from argus.services.qa.browser.launch import install_browser as install; \
	print(asyncio.run(install(pathlib.Path("$(CURDIR)/.cache/browsers"))))'); \
	mkdir -p $(BROWSER); ln -sf "$$shell" $(BROWSER)/chromium-headless-shell

# Debian's package, unpacked below this folder: installing it would start a web server.
nginx:
	@if PATH="$$PATH:/usr/sbin:$(NGINX)/usr/sbin" command -v nginx >/dev/null; then exit; fi; \
	echo "Fetching nginx for the tests ..."; \
	if test "$$(id -u)" = 0; then apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null || true; fi; \
	mkdir -p $(NGINX) && cd $(NGINX) && apt-get -qq download nginx 2>/dev/null && \
	  dpkg -x nginx_*.deb . && rm nginx_*.deb || echo "Without Debian's apt-get, install" \
	  "nginx yourself: the tests of deploy/forward-auth fail without it." >&2

# The stamps: each is made again only when the requirements it stands for have changed.
$(VENV)/.bootstrap: requirements/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Argus needs Python 3.11 or newer on the PATH." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment (Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Installing uv and the build backend ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r $<
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml $(VENV)/.bootstrap
	@echo "Installing Argus ..."
	@$(call install,$<)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml $(VENV)/.bootstrap
	@echo "Installing Argus and the development tools ..."
	@$(call install,$<)
	@touch $@ $(VENV)/.runtime

define install
$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) && \
$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
endef
