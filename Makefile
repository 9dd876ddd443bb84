# Everything runs in .venv, which is made once and again when the dependencies change. No environment has to be active.
.DEFAULT_GOAL := help
.PHONY: help book test chapters exercises bench clean
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help: ## show this
	@echo "The VAE course. What make can do:"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' Makefile
	@echo
	@echo "The first run sets up .venv with Python 3.11 or later (another one: make PYTHON=python3.13 book)."

book: $(READY) ## build the book and say where it is
	@$(BIN)/python tools/build_book.py

test: $(READY) ## run every test
	@$(BIN)/python tools/chromium.py
	@$(BIN)/python tools/packages.py bwrap bubblewrap
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadgroup # one thread each: two processes share two cores

chapters: $(READY) ## execute the chapters whose code or library changed
	@$(BIN)/python tools/twins.py sync
	@$(BIN)/python tools/twins.py execute
	@$(BIN)/python tools/readme_picture.py

exercises: $(READY) ## make the student and solution notebooks from their sources
	@$(BIN)/vae-course release --pages book/exercises

bench: $(READY) ## measure training beside other libraries, and the explorers (an hour, on an idle machine)
	@$(BIN)/python -m benchmarks.training
	@TQDM_DISABLE=1 $(BIN)/python -m benchmarks.sweeps
	@TQDM_DISABLE=1 $(BIN)/python -m benchmarks.precision
	@$(BIN)/python tools/build_book.py && $(BIN)/python -m benchmarks.explorers

clean: ## delete what make made
	rm -rf $(VENV) _build .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or later is needed, this is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13 book"; exit 1; }
	@echo "Setting up $(VENV) (some minutes, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@
