# The course's commands; `make help` lists them. Everything is installed into .venv, once.

# PYTHON=… names one; without it, the newest of those for which TensorFlow has a build.
FITS := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
  $$python -c '$(FITS)' 2>/dev/null && break; done; echo $$python)
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never
# As pip does: trust what the system trusts, such as a proxy that inspects TLS.
export UV_SYSTEM_CERTS ?= 1

.DEFAULT_GOAL := help
.PHONY: help book test lab notebooks results check benchmark lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(BIN)/uv:
	@'$(PYTHON)' -c '$(FITS)' 2>/dev/null || { echo "make: expected Python 3.11, 3.12 or 3.13 with its module venv, found" \
	  "$$('$(PYTHON)' --version 2>/dev/null || echo none); install one (Debian and Ubuntu: python3-venv too)," \
	  "or name it: PYTHON=/path/to/python3" >&2; exit 1; }
	'$(PYTHON)' -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# What building the book needs, from its lock file. A full environment has it too.
$(VENV)/.book: $(BIN)/uv requirements-book.lock
	@if [ ! -e $(VENV)/.all ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-book.lock; fi
	@touch $@

# Everything, and the library itself in editable mode.
$(VENV)/.all: $(BIN)/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

book: $(VENV)/.book ## build the book from the stored outputs, into _build/html
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	@echo "The book is ready. Open in a browser: $(CURDIR)/_build/html/index.html"

test: $(VENV)/.all ## the whole suite: library, book, every notebook in quick mode
	$(BIN)/python -m pytest -n 2 --dist loadfile

lab: $(VENV)/.all ## JupyterLab on the chapters
	$(BIN)/jupyter lab --notebook-dir=book/notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

notebooks: $(VENV)/.all ## make the notebooks from the text sources
	$(BIN)/fmnist notebooks

results: $(VENV)/.all ## record what has no fresh record, then run every chapter live
	$(BIN)/fmnist record
	$(BIN)/fmnist run

check: $(VENV)/.all ## lint, format, types, which part imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(VENV)/.all ## speed, side by side in one run
	$(BIN)/fmnist benchmark

lock: $(VENV)/.all ## resolve the lock files anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --upgrade pyproject.toml -o requirements.lock
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['book'], sep='\n')" \
	  | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --constraint requirements.lock - -o requirements-book.lock

clean: ## remove what was built; the environment stays
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache
