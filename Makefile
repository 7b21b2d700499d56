# Run the Math.  `make` lists the commands; the README says what they are for.
PYTHON ?= python3
JOBS   ?= 2
# Where pip finds the CPU build of torch, on systems whose default build brings CUDA (see the README).
TORCH_INDEX_URL ?=

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
PY     := $(BIN)/python
STAMP  := .venv/installed
SITE   := _build/html
export PYTHONHASHSEED := 0

NBVAL  := $(PY) -m pytest -c /dev/null --rootdir . -p no:cacheprovider -p tools.execution -q \
          --nbval-lax --nbval-current-env --nbval-cell-timeout=120
# Most notebooks run side by side with a thread each; those that train a network have the machine to themselves.
define notebooks
	$(NBVAL) $(1) -n $(JOBS) --dist loadfile chapters
	$(NBVAL) $(1) -n 0 --both-cores chapters
endef

.DEFAULT_GOAL := help
.PHONY: help book test check lab serve record clean-notebooks format lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 18

book: $(STAMP)  ## execute what has changed, build the site, print where it lies
	$(call notebooks,--uncached)
	$(BIN)/jupyter-book build . -W --keep-going -n -q
	@echo "The book: $(CURDIR)/$(SITE)/index.html"

test: $(STAMP)  ## lint, unit tests, doctests, architecture, notebook hygiene, and every notebook
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(PY) -m tools.notebooks check
	$(PY) -m pytest -q -n $(JOBS)
	$(call notebooks)

check: $(STAMP)  ## hold the built site against its rules (needs Chromium)
	$(PY) -m tools.check_site $(SITE)
	$(PY) -m tools.check_browser $(SITE)

lab: $(STAMP)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/chapters

serve: book  ## build the site and serve it on port 8000
	$(PY) -m http.server --bind 127.0.0.1 --directory $(SITE) 8000

record: $(STAMP)  ## run every notebook and store the outputs of its checked cells
	$(call notebooks,--record)

clean-notebooks: $(STAMP)  ## bring every notebook into canonical form
	$(PY) -m tools.notebooks clean

format: $(STAMP)  ## format the code, in notebooks too
	$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet . ; $(PY) -m tools.notebooks clean

lock: $(STAMP)  ## resolve the versions of requirements.lock anew
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --upgrade \
	  --quiet -o requirements.lock

clean:  ## remove what was built; .venv stays
	rm -rf _build

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; set PYTHON=')"
	$(PYTHON) -m venv .venv
	$(if $(TORCH_INDEX_URL),$(PY) -m pip install -q --index-url $(TORCH_INDEX_URL) $(shell grep '^torch==' requirements.lock))
	$(PY) -m pip install -q -r requirements.lock
	$(PY) -m pip install -q --no-deps --editable .
	$(PY) -c "open('$@', 'w').close()"
