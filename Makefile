PYTHON ?= python3
JOBS ?= 2
EXAMPLES ?= 20000
VENV := .venv
BIN := $(VENV)/bin
# The build tools follow the same pins; newer pips read the second name.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
# Modules are compiled as they are imported; most of what the tools bring never is.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e
# Each check starts processes, which would compile the package again wherever a user keeps no bytecode.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: gallery test tests fuzz types check-gallery format bench clean

gallery: $(VENV)/.installed
	$(BIN)/convanim gallery gallery/gallery.toml -o gallery --jobs $(JOBS)

test: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(MAKE) --no-print-directory -j 3 types check-gallery tests

# Other random commands, calls and pasted texts each time; SEED=N runs those of a time before.
fuzz: $(VENV)/.tools
	$(BIN)/python -m tests.fuzz.many --examples $(EXAMPLES) --jobs $(JOBS) $(if $(SEED),--seed $(SEED))

tests: $(VENV)/.tools
	$(BIN)/pytest -n $(JOBS) --dist worksteal

types: $(VENV)/.tools
	$(BIN)/mypy

check-gallery: $(VENV)/.installed
	$(BIN)/convanim gallery gallery/gallery.toml -o gallery --jobs $(JOBS) --check

format: $(VENV)/.tools
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.tools
	$(BIN)/python tests/bench.py
	$(BIN)/python -m tests.bench_server

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) .
	touch $@

$(VENV)/.tools: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) '.[test]'
	touch $@ $(VENV)/.installed
