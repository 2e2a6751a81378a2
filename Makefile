# callbox: the developer's menu. `make` alone prints it.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup build run demo test soak bench figures check lint fmt type arch gen gen-check san cross clean

help: ## print this menu
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing: Debian packages, venv, C extension, prompts
	@tools/setup.sh

build: ## compile the C extensions in place
	@$(PY) -P cext/build_dsp.py
	@$(PY) -P cext/isdn/build_isdn.py

run: setup ## start the box on the emulated board, in the foreground (BOARD=tools/emulator/e1.toml, ARGS='--web 127.0.0.1:8081')
	@$(PY) -m tools.run $(if $(BOARD),--config $(BOARD) --run .run/$(basename $(notdir $(BOARD)))) $(ARGS)

demo: setup ## a museum's hour in virtual time, with WAV files and a call ladder
	@$(PY) -m tools.scenario tests/system/museum.scn --out .run/demo

test: setup ## all tests (make test T=tests/hal for some)
	@$(PY) -m pytest $(T)

soak: setup ## 100,000 short calls in virtual time, with mishaps (ARGS='--calls 2000 --seed 7'); see docs/soak.md
	@$(PY) -m tools.soak $(ARGS)

bench: setup ## cost of the engine and of calls, beside libspandsp; writes bench.json
	@$(PY) -m tools.bench

figures: setup ## measure every clause of the DSP core beside its peers; writes docs/dsp.md and its plots
	@$(PY) -m tools.figures

check: lint type arch gen-check ## every checker

lint: ## style
	@$(VENV)/bin/ruff check firmware hal cext tools tests

fmt: ## mend the style
	@$(VENV)/bin/ruff check --fix firmware hal cext tools tests

type: ## mypy --strict
	@$(VENV)/bin/mypy
	@$(VENV)/bin/mypy tests/support/*.py

arch: ## import arrows and house bans
	@$(PY) -m pytest tests/test_architecture.py

gen: ## make the generated files anew
	@$(PY) -P cext/gen_tables.py

gen-check: ## generated files are what their generators make; C sources are formatted
	@$(PY) -P cext/gen_tables.py --check
	@clang-format --dry-run -Werror --style=file:cext/.clang-format $(filter-out cext/src/tables.c,$(wildcard cext/src/*.[ch]))

san: build ## the C engine under ASan, UBSan and TSan
	@tests/cext/sanitize.sh

cross: build ## the C engine on aarch64 and armhf (qemu), compared with this machine bit by bit
	@tests/cext/cross.sh

clean: ## remove what was built
	rm -rf build .run cext/*.so cext/isdn/*.so .mypy_cache .pytest_cache .ruff_cache
