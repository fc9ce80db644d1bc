# make demo    the whole thing on this computer, with simulated hardware
# make test    every test; sets itself up (Debian packages as root or with sudo, Python packages)
# make check   lint, types and the import law
# make bench   the benchmarks; BENCH=decision runs one; writes bench.json
# make soak    the long runs; SECONDS_EACH=600 makes them longer
# make docs    generated documents: wire reference, commands
# make lock    new lock files from pyproject.toml
# make screenshots    the pages as pictures, in screenshots/ and docs/images/
# make hardware-test  on a real Raspberry Pi only; LEADS=my_leads.toml says what hangs on it

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SECONDS_EACH ?= 120

# Make takes no part in a Ctrl-C: the program ends by itself, and make ends with it.
.DEFAULT_GOAL := demo
.PHONY: demo test check bench soak docs lock screenshots hardware-test
export PYTHON VENV LEADS

demo:
	@tools/prepare demo
	@exec $(BIN)/loquet-server demo

test:
	@tools/prepare test
	@$(BIN)/python -m tests.rig.build >/dev/null
	@exec tools/tests

check:
	@tools/prepare check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports --no-cache

bench:
	@tools/prepare test
	@exec $(BIN)/python -m tests.bench $(BENCH)

soak:
	@tools/prepare test
	@LOQUET_SOAK_SECONDS=$(SECONDS_EACH) exec $(BIN)/python -m pytest -q -m soak --timeout=0

docs:
	@tools/prepare check
	@$(BIN)/python docs/wire_reference.py
	@$(BIN)/python -m tools.documents

lock:
	@tools/prepare check
	@tools/lock

screenshots:
	@tools/prepare test
	@exec $(BIN)/python -m tests.journey.screenshots

hardware-test:
	@tools/prepare hardware
	@exec $(BIN)/python -m pytest -q -m hardware tests/hardware
