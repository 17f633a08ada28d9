# Two commands for a newcomer: `make demo` and `make test`. Both begin with `make setup`, which only creates .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(VENV)/uv/bin/uv

.PHONY: setup demo test test-openid test-keycloak test-prometheus test-kafka collector-check image-check full wheel bench mutants lint types check clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml uv.lock
	@test -x $(UV) || { echo "setting up $(VENV) ..."; $(PYTHON) -m venv $(VENV)/uv && $(VENV)/uv/bin/pip install --quiet "uv>=0.9"; }
	@test -x $(BIN)/python || $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	@$(UV) sync --quiet --frozen --all-extras --inexact
	@echo "compiling the alignment engine, once ..."; $(BIN)/python -m services.alignment.precompile
	@touch $@

demo: setup
	@$(BIN)/goldenthread demo $(ARGS)

# `pytest` by itself leaves out what takes seconds (the mark `slow`), so that the tests of one package are over soon.
EVERY := not long and not kafka and not openid and not keycloak and not collector and not image and not prometheus

# What starts servers runs in halves, each a process of pytest with a PostgreSQL, a broker and instances of its own: such
# tests mostly wait for their servers. A file is in one half, so that tests share what their file starts. HALVES=0: in one.
HALVES ?= 2
IN_HALVES := -n $(HALVES) --dist loadfile --no-loadscope-reorder
STARTS_SERVERS := tests/deploy/test_running.py tests/e2e tests/hostile tests/integration tests/upgrade

# What needs no server runs on every core. What measures time or memory (the mark `alone`) has the machine to itself.
test: setup
	$(BIN)/pytest -m '$(EVERY)' -n auto --dist worksteal tests/contract tests/unit tests/deploy --ignore=tests/deploy/test_running.py $(ARGS)
	$(BIN)/pytest -m '$(EVERY) and not alone' $(IN_HALVES) $(STARTS_SERVERS) $(ARGS)
	$(BIN)/pytest -m '$(EVERY) and alone' $(STARTS_SERVERS) $(ARGS)

# What tokens of an OpenID provider that is not ours are worth here: one from npm (Node.js 20 or newer).
test-openid: setup
	$(BIN)/pytest -m openid $(IN_HALVES) tests/integration/identity $(ARGS)

# docs/signin/keycloak.md: its commands, run against Keycloak itself (Java 17 or newer, and Maven the first time).
test-keycloak: setup
	$(BIN)/pytest -m keycloak tests/integration/identity $(ARGS)

# Traces and metrics, sent to OpenTelemetry's Collector itself (Go, which builds it the first time: some minutes).
collector-check: setup
	$(BIN)/pytest -m collector tests/integration/collector $(ARGS)

# The alerting rules and the dashboards, with Prometheus's own programs: installed ones, or those that Debian or Ubuntu package.
test-prometheus: setup
	folder=$$(.ci/prometheus) && PATH="$$folder:$$PATH" $(BIN)/pytest -m prometheus $(IN_HALVES) tests/deploy tests/integration/test_dashboards.py $(ARGS)

# The tests that need a broker, against Apache Kafka itself (Java 17 or newer, and Maven the first time), one for each half.
# Those end to end are apart: an instance runs throughout, and two installations on one Kafka take each other's partitions.
# `STORIES` of those are enough where time is short: what a broker has a part in.
STORIES ?= tests/e2e tests/upgrade
ON_KAFKA := not long and not openid and not keycloak and not collector and not prometheus
test-kafka: setup
	$(BIN)/pytest --broker=apache -m '$(ON_KAFKA) and not alone' $(IN_HALVES) tests/deploy tests/integration $(ARGS)
	$(BIN)/pytest --broker=apache -m '$(ON_KAFKA) and alone' tests/deploy tests/integration $(ARGS)
	$(BIN)/pytest --broker=apache -m 'not long' $(IN_HALVES) $(STORIES) $(ARGS)

# The Dockerfile: built with buildah on a base made of Debian's packages, and run with podman as overlays/local deploys it,
# on Apache Kafka. Needs Linux, root, Debian's packages and the Java of `test-kafka`; takes minutes.
image-check: setup
	tests/image/build.sh
	$(BIN)/pytest -m image tests/image $(ARGS)

# What takes longer than a change may wait for: everything on Apache Kafka, Keycloak, a collector, the deep form of suites, and the wheel in a clean
# environment, where pip fetches what it needs.
full: test-kafka test-openid test-keycloak collector-check image-check test-prometheus
	$(BIN)/pytest -m long tests/unit tests/e2e/test_clean_environment.py tests/upgrade $(ARGS)

# The package as people install it: `pip install 'dist/goldenthread-VERSION-py3-none-any.whl[embedded]'`.
wheel: setup
	@rm -rf dist && $(BIN)/hatchling build -d dist

# One benchmark, with what it compares with: `make bench ARGS="engine --json"`.
bench: setup
	@$(UV) sync --quiet --frozen --all-extras --group bench
	$(BIN)/python -m benchmarks $(ARGS)

# Would the tests notice if the alignment engine said something else? All of it takes half an hour: `ARGS="path_keys threads"`.
mutants: setup
	@$(BIN)/python -W ignore -m tests.mutants $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

types: setup
	$(BIN)/mypy

check: lint types test

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
