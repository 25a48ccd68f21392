# Everything runs inside .venv, which the first command creates. Only Python >= 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
WORK := work

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-processors test-versions lab bench build check site clean system-packages constraints

help:
	@echo "make demo       run the ResNet50 lesson and grade a sample class"
	@echo "make lab        open JupyterLab on lesson 00 (your copies lie in $(WORK)/)"
	@echo "make test       the whole test suite; make test-fast leaves the slow part out"
	@echo "make test-processors  what depends on floating-point numbers, as on other processors (hours)"
	@echo "make test-versions  every lesson with the oldest, Colab's and the newest TensorFlow (hours)"
	@echo "make bench      speed, as ratios measured in one run"
	@echo "make site       the course as web pages, with outputs, in build/site/html"
	@echo "make build      generate the notebooks from solutions/*.py; make check says what is stale"

# Installed once; again only when what is to be installed has changed.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v[:2] <= (3, 13) else \
	    "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d. Name another: make PYTHON=python3.12 …" % v[:2])'
	@echo "Setting up .venv (once; about 3 GB of disk and a few minutes) …"
	$(PYTHON) -m venv --clear .venv || \
	    { echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --constraint constraints.txt --group dev --editable '.[distributed,local,site,solar]'
	$(BIN)/python -m compileall -q course_lib course_tools
	@touch $@

demo: $(INSTALLED)
	$(BIN)/course demo

# Submissions are graded in bubblewrap, and pages are looked at in a browser. Where root and apt are at hand,
# as in CI, both are installed; elsewhere the tests that need them are skipped, and say so.
system-packages:
	@for each in bwrap:bubblewrap chromium:chromium; do \
	    command -v $${each%:*} >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
	        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $${each#*:}; } || true; \
	    command -v $${each%:*} >/dev/null || echo "$${each#*:} is missing: tests that need it are skipped."; \
	done

# Two at a time: a test that imports TensorFlow takes a gigabyte or two, and many wait for a process of theirs.
# Whole files, in the order that tests/support/scheduling.py gives them.
IN_PARALLEL = --numprocesses 2 --dist loadfile --no-loadscope-reorder

test: $(INSTALLED) system-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/course build --check
	$(BIN)/python -m pytest $(IN_PARALLEL)

test-fast: $(INSTALLED) system-packages
	$(BIN)/python -m pytest $(IN_PARALLEL) -m 'not slow'

# Each imitated machine in processes of its own; `tests/support/processors.py --help` says how to run some.
test-processors: $(INSTALLED) system-packages
	$(BIN)/python tests/support/processors.py

# Three environments of 2 GB each, in .versions; nothing else of the course uses them.
test-versions: $(INSTALLED)
	$(BIN)/python -m pytest -ra --capture=no tests/system/versions.py

# Learners work on copies, so that an update of the course never collides with their answers.
lab: $(INSTALLED)
	$(BIN)/course lab $(WORK)

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# The first time this runs all lessons, which takes a quarter of an hour; later only what has changed.
site: $(INSTALLED)
	$(BIN)/python -m docs

build: $(INSTALLED)
	$(BIN)/course build

check: $(INSTALLED)
	$(BIN)/course build --check

# Exact versions for every system and Python that the course runs on. What is pinned stays as it is, unless
# pyproject.toml asks for another: `make constraints MORE=--upgrade`, or MORE='--upgrade-package NAME'.
constraints: | $(BIN)/uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --all-extras --group dev \
	    --no-annotate --no-emit-index-url --custom-compile-command 'make constraints' $(MORE) \
	    --output-file constraints.txt pyproject.toml

$(BIN)/uv:
	$(MAKE) $(INSTALLED)

clean:
	rm -rf .venv .versions .pytest_cache .ruff_cache .mypy_cache build *.egg-info
