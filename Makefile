# Every target does its own set-up; nothing but python3, its venv module and make is taken for granted.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := daemon hw sim tests

.PHONY: help setup demo test accuracy format clean

help:
	@echo "make demo     a simulated person lies down, leans over, lifts and gets up"
	@echo "make test     format, lint, types, import contracts, tests"
	@echo "make accuracy measures detection over the simulated corpus: about an hour on two cores"
	@echo "make format   let ruff format and repair what it can"
	@echo "make clean    remove the virtual environment and caches"

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,demo]'
	touch $@

demo: setup
	$(BIN)/acumat simulate demo --speed 4

test: setup
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || \
	    { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq mosquitto >/dev/null; } || \
	    echo "no mosquitto here and no right to install it: tests that need a real broker are left out"
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q

accuracy: setup
	PYTHONPATH=daemon:hw:sim:. $(BIN)/python -m tests.accuracy.sweep --people 200 --lying-hours 25 --nuisances 250 \
	    --long-boxes 13 --empty-hours 250 --out accuracy.txt

format: setup
	$(BIN)/ruff format $(PACKAGES)
	$(BIN)/ruff check --fix $(PACKAGES)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
