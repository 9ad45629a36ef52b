# make run | setup | lint | test | bench | fuzz | lock | clean       (README.md says what each is for)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
APT    := apt-get -o DPkg::Lock::Timeout=900
# Real peers, recorded human voices and a compiler for the PESQ scorer: what the tests need and pip cannot bring.
PEERS  := baresip-core chromium kamailio kamailio-tls-modules sip-tester \
          asterisk-core-sounds-en-wav asterisk-core-sounds-fr-wav asterisk-core-sounds-es-wav \
          asterisk-core-sounds-it-wav asterisk-core-sounds-ru-wav \
          asterisk-core-sounds-en-g722 asterisk-core-sounds-fr-g722 gcc libc6-dev python3-dev
SOURCE := softphone gateway tests
# The tests start the program some two hundred times: compiled once, even where the environment says not to keep that.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run setup lint test bench fuzz lock clean peers

run: $(VENV)/.installed
	@$(BIN)/neoretro demo

setup: $(VENV)/.developed

lint: setup
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup peers lint
	$(BIN)/pytest -n 3 --dist worksteal -m "not alone"
	$(BIN)/pytest -m alone tests/end_to_end

bench: setup peers
	$(BIN)/python -m tests.bench

# FUZZ_S=30: seconds for each reader with hypothesis, and as many with atheris
fuzz: setup
	$(BIN)/python -m tests.fuzz

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, found " + sys.version)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  [ "$$(id -u)" = 0 ] || { echo "no venv module: as root, apt-get install python3-venv" >&2; exit 1; }; \
	  $(APT) update -q && $(APT) install -q -y --no-install-recommends python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/.installed: $(VENV)/bin/pip requirements.lock pyproject.toml
	@echo "installing into $(VENV) what requirements.lock names: once, a minute or so"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# pesq ships as source only and wants numpy and cython before it is built
$(VENV)/.developed: $(VENV)/.installed requirements-dev.lock | peers
	@echo "installing into $(VENV) what the tests need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-build-isolation --no-deps pesq==0.0.4
	@touch $@

peers:
	@missing=$$(for p in $(PEERS); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ]; then $(APT) update -q && DEBIAN_FRONTEND=noninteractive $(APT) install -q -y --no-install-recommends $$missing; \
	else echo "the tests need these Debian packages:" $$missing "(as root: make peers)" >&2; exit 1; fi

# exact versions with hashes, for every Python and platform we support
lock:
	$(PIP) install uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header \
	  --extra lab pyproject.toml configs/build.in -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header \
	  --extra lab --extra echo --extra bench --extra dev --no-emit-package pesq -c requirements.lock pyproject.toml configs/build.in -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
