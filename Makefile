# Everything a developer or user runs. `make` alone lists the targets.
# Needs GNU make 3.81 or later, a POSIX shell and CPython 3.11-3.14; all else goes into backend/.venv.

VENV = backend/.venv
PY   = .venv/bin/python
PIP  = $(PY) -m pip --disable-pip-version-check

# A name on the PATH proves nothing (pyenv leaves shims that fail), so each candidate is run.
CANDIDATES = $(if $(PYTHON),'$(PYTHON)',python3.14 python3.13 python3.12 python3.11 python3 python)
FITS = import sys; sys.exit(sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info[:2] <= (3, 14))

.PHONY: help run dev test test-all prove check check-newest fmt migration backup restore doctor openapi vendor bench pins clean venv uv runtime tools

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "PYTHON=python3.12 chooses the Python of backend/.venv."

run: runtime ## serve the API on http://127.0.0.1:8000
	@cd backend && exec $(PY) main.py

dev: runtime ## serve it and reload when code changes (ARGS="--port 8001")
	@cd backend && exec env DEBUG="$${DEBUG:-true}" $(PY) -m uvicorn main:app --reload --reload-include '*.js' --reload-include '*.css' --reload-include '*.html' --no-access-log $(ARGS)

# A file's tests run in one process, since they share fixtures. There are two more processes than cores, since some wait.
SIDE_BY_SIDE = -n $$(( $$(getconf _NPROCESSORS_ONLN) + 2 )) --dist loadfile

test: tools ## run the tests on SQLite and PostgreSQL, except browser and fault tests (ARGS="-k title -x")
	@cd backend && exec $(PY) -m pytest $(SIDE_BY_SIDE) --ignore tests/web --ignore tests/faults $(ARGS)

test-all: tools ## run all tests, also in a browser, and short fault tests
	@cd backend && exec $(PY) -m pytest $(SIDE_BY_SIDE) $(ARGS)

prove: tools ## run the faults, floods and bad input at full length (over an hour)
	@cd backend && exec $(PY) -m pytest tests/faults --prove $(ARGS)

check: tools ## check formatting, lint, types, import direction
	@cd backend && $(PY) -m ruff format --check . ../bench
	@cd backend && $(PY) -m ruff check . ../bench
	@cd backend && $(PY) -m mypy
	@cd backend && MYPYPATH=../bench $(PY) -m mypy ../bench/*.py
	@cd backend && $(PY) "$$(dirname $(PY))/lint-imports" --no-logo

# -o tools: `check` and `test` must not install anything, so that backend/.venv stays as it is.
check-newest: venv uv ## check and test with the newest versions on PyPI, ignoring upper bounds
	@cd backend && scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && trap 'exit 1' INT TERM && \
	sed -E 's/,<[0-9.]+"/"/' pyproject.toml > "$$scratch/pyproject.toml" && \
	$(PY) -m venv --without-pip "$$scratch/venv" && \
	$(UV) pip install --quiet --python "$$scratch/venv/bin/python" \
	  -r "$$scratch/pyproject.toml" --group "$$scratch/pyproject.toml:dev" && \
	$(UV) pip freeze --python "$$scratch/venv/bin/python" && \
	$(MAKE) -C .. -o tools check test PY="$$scratch/venv/bin/python"

fmt: tools ## format, and fix what lint can fix
	@cd backend && $(PY) -m ruff check --fix --exit-zero --quiet . ../bench && $(PY) -m ruff format . ../bench

# The models are compared with a new database, so that no tasks are touched.
migration: tools ## draft a migration from the models (m="add due dates")
	@if [ -z "$$m" ]; then echo 'A description is missing: make migration m="add due dates"' >&2; exit 1; fi
	@cd backend && scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	export DATABASE_URL="sqlite:///$$scratch/tasks.db" && \
	$(PY) -m alembic upgrade head && $(PY) -m alembic revision --autogenerate -m "$$m"

backup: runtime ## back up the SQLite database, also while it is in use
	@cd backend && exec $(PY) main.py backup

# FILE is relative to the folder in which make was started.
restore: runtime ## replace the SQLite database by a backup (FILE=backend/tasks-….db)
	@if [ -z "$$FILE" ]; then echo 'FILE is missing: make restore FILE=backend/tasks-20261122T224815037310Z.db' >&2; exit 1; fi
	@case "$$FILE" in /*) ;; *) FILE="$$PWD/$$FILE" ;; esac; cd backend && exec $(PY) main.py restore "$$FILE"

doctor: runtime ## verify the history, and compare tasks, counters and the schema with it
	@cd backend && exec $(PY) main.py doctor

openapi: runtime ## write backend/openapi.json
	@cd backend && document=$$($(PY) main.py openapi) && printf '%s\n' "$$document" > openapi.json

vendor: venv ## fetch the page's libraries from npm (ARGS="htm@3.1.1" changes a version)
	@cd backend && exec $(PY) tools/vendor.py $(ARGS)

bench: tools ## compare with other backends, about 20 minutes (ARGS="--quick")
	@exec backend/$(PY) bench/run.py $(ARGS)

UV = $(PY) -m uv --no-config
COMPILE = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make pins"

pins: venv uv ## update the pinned requirements
	@cd backend && $(COMPILE) pyproject.toml -o requirements.txt
	@cd backend && $(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

uv: venv
	@cd backend && { $(PY) -m uv --version >/dev/null 2>&1 || $(PIP) install -qq uv; }

clean: ## remove backend/.venv and caches, never data
	@rm -rf $(VENV) backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache backend/.hypothesis backend/.import_linter_cache
	@find backend -name __pycache__ -type d -prune -exec rm -rf {} +

# venv installs pip last: if it is missing, the creation was interrupted.
venv:
	@if [ -x $(VENV)/bin/python ] && [ -x $(VENV)/bin/pip ] && \
	  { [ -z '$(PYTHON)' ] || [ "$$(cat $(VENV)/made-with)" = '$(PYTHON)' ]; }; then exit 0; fi; \
	fitting=; \
	for python in $(CANDIDATES); do \
	  "$$python" -c '$(FITS)' >/dev/null 2>&1 || continue; \
	  fitting=$$python; \
	  "$$python" -c 'import venv, ensurepip' >/dev/null 2>&1 || continue; \
	  echo "Creating backend/.venv with $$("$$python" --version)."; \
	  "$$python" -m venv --clear $(VENV) && echo "$$python" > $(VENV)/made-with; exit; \
	done; \
	{ if [ -n "$$fitting" ]; then \
	  echo "$$fitting has no venv module. On Debian and Ubuntu, install the package python3-venv; or name another Python with PYTHON=/path/to/python3."; \
	elif [ -n '$(PYTHON)' ]; then \
	  echo "PYTHON=$(PYTHON) is not a working CPython 3.11 to 3.14."; \
	else \
	  echo "Tasktrail needs CPython 3.11, 3.12, 3.13 or 3.14, and none is on the PATH. Install one, or name it with PYTHON=/path/to/python3."; \
	fi; } >&2; exit 1

# Installs a requirements file if it has changed since its last installation.
define install
	@cd backend && if ! [ .venv/$(1) -nt $(1) ]; then \
	  echo "Installing backend/$(1) ..."; \
	  $(PIP) install -qq --require-hashes -r $(1) && touch .venv/$(1); \
	fi
endef

runtime: venv
	$(call install,requirements.txt)

tools: runtime
	$(call install,requirements-dev.txt)
