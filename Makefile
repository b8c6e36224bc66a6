# Two commands matter: `make demo` and `make test`. Both set up what they need.
.DEFAULT_GOAL := help
.PHONY: help demo mcp test journeys check style format bench kills pictures lighthouse lock holidays migration translations clean

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := @PYTHON=$(PYTHON) setup/install.sh runtime
DEV := @PYTHON=$(PYTHON) setup/install.sh dev
ARGS ?=

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

demo: ## Run the whole shop here; PORT=8000, RESET=1 starts afresh, Ctrl-C stops it
	$(RUNTIME)
	@[ -z "$(MCP_PORT)" ] || PYTHON=$(PYTHON) setup/install.sh mcp
	@exec $(BIN)/oms up $(if $(filter-out 0,$(RESET)),--reset)

mcp: ## Serve other people's agents beside a shop that runs; MCP_PORT=8002
	$(RUNTIME)
	@PYTHON=$(PYTHON) setup/install.sh mcp
	@exec $(BIN)/oms mcp serve --port $(or $(MCP_PORT),8002)

test: style ## Check and test everything; ARGS="tests/unit -k money" narrows the tests
	@setup/test.sh $(if $(ARGS),$(ARGS),--numprocesses 2)

journeys: ## Make every journey on phone and desktop, ja and en; pictures in build/journeys
	$(DEV)
	@rm -rf build/journeys
	@JOURNEY_LOOKS=all $(BIN)/python -m pytest tests/browser/journeys --numprocesses 2 $(ARGS)

check: style ## Format, lint, import contracts, types
	@$(BIN)/mypy

style:
	$(DEV)
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo

format: ## Put the code in shape
	$(DEV)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: ## Measure, one JSON line a figure; ONLY=house|orders|... measures one part
	$(DEV)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

kills: ## Kill every process at random for a minute while 2,000 notices are told
	$(DEV)
	@NOTICES=2000 CHAOS_S=60 $(BIN)/python -m pytest -q -s tests/concurrency/test_notices_survive_kills.py

pictures: ## Take the pictures of README and docs anew, from the running product
	$(DEV)
	@$(BIN)/python -m tests.pictures

lighthouse: ## Let Lighthouse look at the main pages; fails below 95, writes docs/quality.md
	$(DEV)
	@cd setup/lighthouse && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@$(BIN)/python -m oms_service.web.build >/dev/null
	@$(BIN)/python -m tests.lighthouse

walks: ## Walk as new users do and write docs/walkthroughs.md anew
	$(DEV)
	@$(BIN)/python -m tests.walkthroughs

lock: ## Write the lock files anew after a change of requirements/*.in or package.json
	$(DEV)
	@setup/lock.sh

holidays: ## Write the national holidays anew after a change of requirements/holidays.in
	$(DEV)
	@$(BIN)/uv run --quiet --no-project --isolated --with-requirements requirements/holidays.txt \
		python setup/national_holidays.py

clean: ## Remove what set-up and tests made; the demo's data stay
	rm -rf .venv node_modules oms_service/web/static *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name '*.mo' -not -path './.oms/*' -delete
