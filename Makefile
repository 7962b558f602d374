PYTHON ?= python3
JOBS ?= 2
EXAMPLES ?= 20000
VENV := .venv
BIN := $(VENV)/bin
# Of all that comes with the tools little is ever imported; Python compiles that when it is.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# One line that names this folder; setuptools' usual finder takes every start of Python as long again.
EDITABLE = --config-settings editable_mode=compat
# The build tools follow the same pins; newer pips read the second name.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
# Each check starts processes, which would compile the package again wherever a user keeps no bytecode.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: gallery words test tests fuzz types check-gallery format bench clean

gallery: $(VENV)/.installed
	$(BIN)/convanim gallery gallery/gallery.toml -o gallery --jobs $(JOBS)

test: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
# Beside each other, so that no processor waits; what is wrong with types is said again behind the many tests.
	$(MAKE) --no-print-directory -j 2 types tests || { $(BIN)/mypy; exit 1; }

# Other random commands, calls and pasted texts each time; SEED=N runs those of a time before.
fuzz: $(VENV)/.tools
	$(BIN)/python -m tests.fuzz.many --examples $(EXAMPLES) --jobs $(JOBS) $(if $(SEED),--seed $(SEED))

# Read the messages from the package, bring the catalogues of other languages up to date, and compile them.
words: $(VENV)/.tools
	$(BIN)/python -m tests.catalogues

# Rewriting assertions, to say what is in those that fail, would take each process as long as collecting the tests.
tests: $(VENV)/.tools
	$(BIN)/pytest -n $(JOBS) --dist worksteal --assert=plain || { $(BIN)/pytest --last-failed; exit 1; }

types: $(VENV)/.tools
	$(BIN)/mypy

check-gallery: $(VENV)/.installed
	$(BIN)/convanim gallery gallery/gallery.toml -o gallery --jobs $(JOBS) --check

format: $(VENV)/.tools
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# With BASE=COMMIT, against that commit instead.
bench: $(VENV)/.tools
ifdef BASE
	$(BIN)/python -m tests.bench_base $(BASE)
else
	$(BIN)/python tests/bench.py
	$(BIN)/python -m tests.bench_server
endif

clean:
	rm -rf $(VENV) build *.egg-info

# The pip that comes with Python 3.11 takes twice as long to choose what is pinned, but does where no other is at hand.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	-$(INSTALL) --upgrade pip

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) $(EDITABLE) -e .
	touch $@

$(VENV)/.tools: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) $(EDITABLE) -e '.[test]'
	touch $@ $(VENV)/.installed
