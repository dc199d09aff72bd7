# `make build` and `make test` need Python 3.11 or 3.12, git and make; everything else goes into .venv.
# Newer Pythons: cfn-guard-rs has no build for them yet, and pip needs Rust to make one (docs/decisions/008).
PYTHON ?= $(firstword $(foreach name,python3.12 python3.11 python3,$(if $(shell $(name) --version 2>/dev/null),$(name))))
BIN := .venv/bin

.PHONY: bench build check evidence lint package publish reference test

bench: .venv/bench ## speed, by ratio against a named yardstick in the same run
	@for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

build: .venv/runtime ## write templates/ and manifest/ from the inputs, and check them
	@$(BIN)/python -m generator build

check: .venv/development lint ## everything that judges the code and the package, but the tests
	@$(BIN)/python -m generator check .

evidence: .venv/runtime ## what an auditor reads, as Markdown and JSON
	@$(BIN)/python -m generator evidence --out build/evidence

lint: .venv/development
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

package: .venv/runtime ## the zip that CfCT takes from S3
	@$(BIN)/python -m generator package --out build/custom-control-tower-configuration.zip

publish: .venv/runtime ## deliver what was checked to where CfCT reads it; `make publish ARGUMENTS=--dry-run` shows what would change
	@$(BIN)/python -m generator publish $(ARGUMENTS)

reference: .venv/runtime ## the files that are generated from the code: schemas/, and tables in README.md and docs/
	@$(BIN)/python -m generator reference

test: .venv/development
	@$(BIN)/pytest -n auto --dist worksteal

.venv/runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or 3.12 is needed: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -c 'import pathlib, site; pathlib.Path(site.getsitepackages()[0], "cfctgen.pth").write_text(f"{pathlib.Path.cwd()}\n")'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m generator "$$@"\n' > $(BIN)/cfctgen
	@chmod +x $(BIN)/cfctgen
	@$(BIN)/python -m compileall -q generator
	@touch $@

.venv/development: .venv/runtime requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

.venv/bench: .venv/development requirements-bench.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.txt
	@touch $@
