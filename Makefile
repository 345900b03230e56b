# `make ask Q="..."` and `make test` are all that is needed; both make .venv on first use.
#
#   PYTHON=python3.12 make ask Q="..."    to choose the interpreter
#   rm -rf .venv                          to start over

SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: ask ui test tests gate lint bench bench-growth torture clean help

# The question is text, not code: `value` takes it without make's own expansion of "$", and the recipe's shell
# reads it from the environment, so no character of it is ever parsed. Q itself must not be exported: make would
# expand it on the way.
export ASKED := $(value Q)
unexport Q

SOURCES := $(wildcard rag/*.py rag/*/*.py ui/*.py ui/*/*.py eval/*.py eval/*/*.py)
# A .venv works only where it was made, only while its interpreter is there, and only for the interpreter asked for.
MADE_IN := $(shell [ -x .venv/bin/python ] && cat .venv/.made-in 2>/dev/null)
MADE_WITH := $(shell cat .venv/.made-with 2>/dev/null)
ifneq ($(MADE_IN),$(CURDIR))
.venv/.installed: distrusted
endif
ifneq ($(PYTHON),)
ifneq ($(MADE_WITH),$(PYTHON))
.venv/.installed: distrusted
endif
endif
.PHONY: distrusted

ifeq ($(strip $(ASKED)),)
ask:
	@echo 'Ask with: make ask Q="How does KS-Lottery find winning tickets?"   (single quotes keep a $$ as it is)' >&2; exit 2
else
ask: .venv/.compiled
	@.venv/bin/rag ask -- "$$ASKED" || [ $$? -eq 3 ]  # 3: refused, which is an answer too
endif

ui: .venv/.compiled  ## open the chat page in a browser
	@.venv/bin/rag ui

# Tests never use a key or a setting that happens to be in the environment.
without_settings = unset OPENAI_API_KEY OPENAI_BASE_URL $$(env | cut -d= -f1 | grep -iE '^rag_[a-z0-9_]*$$')

# The gate has one process, and works beside the tests.
test: lint  ## lint, types, all tests, and the gate
	@log=$$(mktemp); $(MAKE) --no-print-directory gate >"$$log" 2>&1 & gate=$$!; trap 'kill $$gate 2>/dev/null; rm -f "$$log"' EXIT; \
	$(MAKE) --no-print-directory tests; tests=$$?; wait $$gate; shut=$$?; cat "$$log"; exit $$((tests | shut))

# They may write bytecode: pytest keeps what it makes of the test modules.
tests: .venv/.installed-test .venv/.compiled
	@$(without_settings); unset PYTHONDONTWRITEBYTECODE; .venv/bin/python -m pytest -n 2 --dist worksteal

# What the shipped questions must reach without a model: bounds below what was measured, so that only a loss shuts the gate.
gate: .venv/.installed-test .venv/.compiled  ## ask the shipped questions and fail where the answers got worse
	@$(without_settings); work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; export RAG_INDEX_DIR="$$work/index"; \
	.venv/bin/python -m eval run --out "$$work/run" >/dev/null && .venv/bin/python -m benchmarks.unchanged "$$work/run" && \
	.venv/bin/python -m eval gate "$$work/run" \
	  --min faithfulness=0.97 --min citation_precision=0.97 --min any_evidence@120=0.74 --min gold_recall=0.82 --min ndcg@10=0.86 \
	  --min false_premise_corrected=0.7 --min collection_exact=0.81 --min refusal_f1=0.5 --max unscored=0.02 --max outcome_error=0.02

lint: .venv/.installed-test .venv/.compiled  ## ruff and mypy
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

bench: .venv/.installed-test .venv/.compiled  ## the figures of the README, measured here
	@$(without_settings); .venv/bin/python -m benchmarks

bench-growth: .venv/.installed-test .venv/.compiled  ## what takes longer on a larger corpus, and fails where it should not
	@$(without_settings); .venv/bin/python -m benchmarks.growth

torture: .venv/.installed-test .venv/.compiled  ## every fault of the list, tried many times: one table
	@$(without_settings); .venv/bin/python -m benchmarks.reliability

.venv/.installed: pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv .

.venv/.installed-test: .venv/.installed
	@scripts/make-venv '.[test]'

# Compiled here, because the environment may forbid Python to write bytecode while it runs, and starting would be
# slow each time.
.venv/.compiled: .venv/.installed $(SOURCES)
	@.venv/bin/python -m compileall -q rag ui eval
	@touch $@

clean:  ## remove .venv and all caches, but not the index in .rag
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@echo 'make ask Q="..."   ask the corpus (indexes it on first use)'
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do printf '%-18s %s\n' "$$target" "$$text"; done
