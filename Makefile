# Everything runs in .venv, made from the locked requirements. `make` alone lists the commands.

PYTHON ?= python3
BIN := .venv/bin
# What is left out is named, not silently passed over; .ci/run runs all but the thorough tests.
UNAVAILABLE := $(if $(DIGITS_DATA_DIR),,mnist) $(if $(SPAM_DATA_DIR),,corpus) $(if $(shell command -v chromium),,browser)
# tests run side by side; the tests of a file stay together
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder
# pip before 23.3 reads the pin of a package, but not for its extras, unless it is a constraint too
PINNED := -c requirements.txt
# .venv/.installing holds the number of the process that installs; it is there after a kill too
AT_WORK := $(shell cat .venv/.installing 2>/dev/null)
# one that was killed a moment ago may still be there
ifneq (,$(shell [ -n "$(AT_WORK)" ] && { for try in 1 2 3 4 5 6 7; do \
  ps -o stat= -p $(AT_WORK) | grep -qv Z || exit; sleep 0.5; done; echo yes; }))
$(error Process $(AT_WORK) is installing into .venv: wait for it, or end it)
endif
# why .venv must be made anew: an installation that was killed may have left a package by halves, and
# the scripts in it hold the path of the folder that it was made in
STALE := $(shell [ -d .venv ] && cd .venv && { \
  if [ -e .installing ]; then echo "an installation was ended in the middle"; \
  elif [ -e .place ] && [ "$$(cat .place)" != "$$(pwd -P)" ]; then echo "the folder was moved"; \
  elif ! bin/python -c "import pip" 2>/dev/null; then echo "it has no pip that works"; fi; })
space := $(subst ,, )
any_of = $(subst $(space), or ,$(strip $(1)))
LONG := slow or mnist or corpus or browser
AVAILABLE := $(if $(strip $(UNAVAILABLE)), and not ($(call any_of,$(UNAVAILABLE))))

.DEFAULT_GOAL := help
.PHONY: help setup setup-export setup-cluster run textbook search test test-long test-all reliability golden bench growth check docs lock nightly nights ui clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.can-run ## install what a run needs into .venv

setup-export: .venv/.can-export ## also what writes a champion as .skops or .onnx

setup-cluster: .venv/.can-cluster ## also Dask, for --runner dask: fits on several processes or machines

run: .venv/.can-run ## the whole job, from fetch to a verdict (options: ARGS="--shift 0 ...")
	$(BIN)/python -m flows.full_run $(ARGS)

textbook: .venv/.can-run ## chapter 3's own figures, measured again beside the book's (ARGS="--models sgd ...")
	$(BIN)/python -m flows.textbook $(ARGS)

test: check ## check, then the tests that need minutes: no MNIST, no corpus, no browser, nothing slow
	@echo "Left out: tests marked $(LONG) (make test-all), and thorough (make reliability)."
	$(PYTEST) -m "not ($(LONG))" $(ARGS)

test-long: .venv/.can-test ## what `make test` leaves out and this machine can run (MNIST: DIGITS_DATA_DIR=folder)
	@$(if $(AVAILABLE),echo "Left out here: tests marked $(call any_of,$(UNAVAILABLE)) (see docs/develop.md).",:)
	$(PYTEST) -m "($(LONG))$(AVAILABLE)" $(ARGS)

test-all: test test-long ## both, as .ci/run does

reliability: .venv/.can-test ## what a night may meet: kills, damage, lost servers; with a table of counts (ARGS="--kills 20")
	$(BIN)/python -m pytest -m "reliability$(AVAILABLE)" --thorough --kills 100 \
	  --counts outputs/reliability --timeout 14400 $(ARGS)

golden: .venv/.can-test ## renew the kept texts of the reports in tests/artifacts/golden, then show what changed
	$(BIN)/python -m pytest -q tests/artifacts/test_golden.py --renew-golden
	git diff --stat tests/artifacts/golden

search: .venv/.can-run ## other settings of the candidates, out of fold (ARGS="--candidates hog_sgd")
	$(BIN)/python -m flows.search $(ARGS)

bench: .venv/.can-run ## the workflow beside what a user would write instead (MNIST: DIGITS_DATA_DIR=folder)
	$(BIN)/python -m benchmarks.cost $(ARGS)

growth: .venv/.can-run ## time and memory of every task against the number of training images
	$(BIN)/python -m benchmarks.growth $(ARGS)

nights: .venv/.can-run ## ten simulated nights with new images and a champion (MNIST: DIGITS_DATA_DIR=folder)
	$(BIN)/python -m benchmarks.nights $(ARGS)

check: .venv/.can-test ## lint and type rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.can-run .venv/.can-document ## write the generated tables and build the site into site/
	$(BIN)/python -m flows.reference
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: .venv/.can-test ## renew the locked requirements from the .in files
	$(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url requirements.in -o requirements.txt
	$(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url requirements-export.in -o requirements-export.txt
	$(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url requirements-cluster.in -o requirements-cluster.txt
	$(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url requirements-docs.in -o requirements-docs.txt

nightly: .venv/.can-run ## the nightly run on this machine: server, schedule, worker (ARGS="--webhook URL")
	$(BIN)/python -m flows.nightly $(ARGS)

ui: .venv/.can-run ## the Prefect UI on this machine, with the artifacts of every run so far
	$(BIN)/python -m flows.ui $(ARGS)

clean: ## remove the environment and the tools' caches; results in data/ and outputs/ stay
	rm -rf .venv site .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: anew
anew:
	@echo ".venv is made anew: $(STALE)."
	rm -rf .venv

.venv/bin/python: $(if $(STALE),anew)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 ..."; exit 1; }
	@mkdir -p .venv
	echo $$$$ > .venv/.installing && exec $(PYTHON) -m venv .venv
	@cd .venv && pwd -P > .place && rm .installing

define install
	echo $$$$ > .venv/.installing && exec \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) $(PINNED)
	@touch $@ && rm .venv/.installing
endef

.venv/.can-run: requirements.txt $(if $(STALE),anew) | .venv/bin/python
	$(call install,$<)

.venv/.can-document: requirements-docs.txt .venv/.can-run
	$(call install,$<)

.venv/.can-export: requirements-export.txt .venv/.can-run
	$(call install,$<)

.venv/.can-cluster: requirements-cluster.txt .venv/.can-run
	$(call install,$<)

.venv/.can-test: requirements-dev.txt .venv/.can-export .venv/.can-cluster
	$(call install,$<)
