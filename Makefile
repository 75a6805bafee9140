# make demo   everything local, no account: plays a story (STORY=name), then leaves the bot running
# make test   every gate: lint, types, import contracts, tests on SQLite and PostgreSQL, coverage
# make pictures   the README's screenshots, taken anew
# make soak   the full counts of kills; make bench: the benchmarks, each beside its control
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test lint types contracts tests soak bench pictures lock format clean

demo: $(READY)
	$(BIN)/toingg-bot demo $(if $(STORY),--story '$(STORY)') $(if $(ONCE),--once)

test: lint types contracts tests

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; try make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q bot commands storage
	touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports --no-cache

# The browsers' tests come after the others: beside them they would make everything late.
tests: $(READY)
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -m "not soak" tests/unit tests/contract tests/integration --numprocesses=3 --dist=worksteal $(ARGS)
	$(BIN)/coverage run -m pytest -m "not soak" tests/e2e --numprocesses=2 --dist=worksteal $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

soak: $(READY)
	$(BIN)/pytest -m soak --timeout=3600 -s $(ARGS)

bench: $(READY)
	set -e; for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench; done

pictures: $(READY)
	$(BIN)/python -m tests.pictures

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The lock holds for every platform and names no registry.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --extra demo --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .ruff_cache .hypothesis
