# Everything a learner, an instructor and CI run. Needs Python 3.11 or newer, and make.
#   PYTHON=python3.12 make lab    takes another Python        make test HOUR=7    tests one hour only

VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= logical
HOUR ?=
TORCH := $(shell grep '^torch==' constraints.txt)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
THREADS := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=240
ROOT_FLAG := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

.PHONY: help lab test build check bench mutate clean
.DELETE_ON_ERROR:

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

lab: $(VENV)/learner ## set up and open the lectures in JupyterLab
	$(BIN)/jupyter lab $(ROOT_FLAG) --notebook-dir=notebooks $(LAB_FLAGS)

test: $(VENV)/developer ## set up and pass every test (HOUR=7: those of one hour)
	$(THREADS) $(BIN)/python -m pytest -n $(JOBS) --dist loadscope --hour "$(HOUR)" $(NBVAL) $(PYTEST_FLAGS) tests solutions

build: $(VENV)/developer ## make the notebooks from solutions/*.py
	$(BIN)/labkit build

check: $(VENV)/developer ## format, lint, and notebooks in step with their sources
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/labkit build --check

bench: $(VENV)/developer ## time labkit beside its peers, explorers, and the notebooks against their budgets
	$(BIN)/python -m pytest -o addopts=--import-mode=importlib -m benchmark -s -p no:xdist tests/benchmarks $(PYTEST_FLAGS)
	LABKIT_LATENCY=50 LABKIT_SLOWER=4 $(BIN)/python -m pytest -k "fluid or follow or typing" -s -p no:xdist tests/show $(PYTEST_FLAGS)
	$(BIN)/labkit bench-notebooks

mutate: $(VENV)/developer ## plant bugs in a module, and see which its tests miss (MODULE=labkit/graphs/gcn.py)
	$(THREADS) $(BIN)/python tests/mutate.py $(MODULE) $(MUTATE_FLAGS)

clean: ## remove the virtual environment and what tests left
	rm -rf $(VENV) artifacts build dist .pytest_cache .ruff_cache

# A stamp file each, so that the second `make lab` starts at once.
$(VENV)/made:
	@PYTHON="$(PYTHON)" sh .ci/venv $(VENV)
	@touch $@

$(VENV)/learner: $(VENV)/made pyproject.toml constraints.txt
	@echo "Installing PyTorch and JupyterLab into $(VENV). It takes some minutes, once: about 1.5 GB, and on Linux 5 GB"
	@echo "where pip brings the build for NVIDIA's cards. (PIP_EXTRA_INDEX_URL can name an index with the CPU's build.)"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input "$(TORCH)"
	@$(PIP) --editable ".[lab,build]" --constraint constraints.txt
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@cp binder/overrides.json $(VENV)/share/jupyter/lab/settings/
	@touch $@

$(VENV)/developer: $(VENV)/learner
	@echo "Installing what the tests need."
	@$(PIP) --editable ".[dev]" --constraint constraints.txt
	@touch $@
