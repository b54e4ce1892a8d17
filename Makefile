# Vietnam's provincial governance indices: from published tables to a briefing.
# A bare `make` prints this help, made from the comments behind the targets.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# ---- what to brief ------------------------------------------------------------------------------------------------
# the newest year of which any index has an edition in data/raw
EDITIONS := $(sort $(notdir $(basename $(wildcard data/raw/*/20??.csv))))
# where forms wait to be taken in, what there will be is known after that only: no year is passed on unless given, and none refused
WAITING := $(filter-out %/README.md,$(wildcard data/raw/inbox/*.*))
# What a user gives is text: taken as it was typed ($(value ...): never expanded by make), and handed to recipes in the
# environment, never pasted into a command.
override PROVINCE  := $(or $(value PROVINCE),bac-ninh)
override PROVINCES := $(or $(value PROVINCES),bac-ninh,hai-phong)
GIVEN := $(strip $(value YEAR))
override YEAR      := $(or $(GIVEN),$(lastword $(EDITIONS)))
override LANGS     := $(or $(strip $(value LANGS)),vi en)
override PDF       := $(filter-out 0 no false,$(value PDF))
override OFFICE    := $(filter-out 0 no false,$(value OFFICE))
override JOBS      := $(value JOBS)
override SCHEDULER := $(value SCHEDULER)
override INDEX     := $(or $(value INDEX),pci)
override SOURCES   := $(value SOURCES)
override ISSUER    := $(or $(value ISSUER),$(value GOVLIB_ISSUER))
override GOVLIB_ISSUER := $(ISSUER)
override ARGS      := $(value ARGS)
export PROVINCE PROVINCES YEAR LANGS JOBS SCHEDULER INDEX SOURCES ARGS GOVLIB_ISSUER

EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
COMMA := ,
CODES := $(subst $(COMMA),$(SPACE),$(LANGS))
# make's own words in the language of govlib's
VI := $(filter vi%,$(firstword $(GOVLIB_LANG) $(LC_ALL) $(LC_MESSAGES) $(LANG)))
ifneq ($(filter briefing briefings compare departments office,$(MAKECMDGOALS)),)
  ifneq ($(words $(YEAR))$(if $(WAITING),,$(filter-out $(EDITIONS),$(YEAR))),1)
    $(error YEAR=$(YEAR): $(if $(VI),không có kỳ này; chọn một trong,there is no such edition; one of) $(EDITIONS))
  endif
  ifneq ($(filter-out vi en,$(CODES))$(if $(strip $(CODES)),,none),)
    $(error LANGS=$(LANGS): $(if $(VI),viết LANGS=vi$(COMMA) LANGS=en hoặc,write LANGS=vi$(COMMA) LANGS=en or) LANGS="vi en")
  endif
endif

# ---- the environment ----------------------------------------------------------------------------------------------
# An activated environment is used as it is (conda's `base` does not count as one); otherwise .venv is made from the lock.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
ACTIVE := $(VIRTUAL_ENV)$(if $(filter-out base,$(CONDA_DEFAULT_ENV)),$(CONDA_PREFIX))
ifeq ($(strip $(ACTIVE)),)
  PY  := .venv/bin/python
  ENV := .venv/.locked
else
  PY  := python
  ENV :=
endif
GOVLIB := $(PY) -m govlib
# one linear-algebra thread a process: the matrices are small and the processes many
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

# the same for those without make: govlib setup (govlib/run/environment.py)
.venv/.locked: requirements.lock $(wildcard requirements-uv.lock) pyproject.toml
	@GOVLIB_ROOT="$(CURDIR)" "$(PYTHON)" -m govlib setup

env: $(ENV) ## set up the environment only

# ---- the data flow: raw -> panel -> estimates -> briefings ----------------------------------------------------------
# Each verb of govlib first makes what it needs and is old, with make and without: what hangs on what is read off the code
# (govlib/ledger.py), what is old is told by contents, never by times (govlib/run/whole.py).
MADE = $(PY) -m govlib.run.whole

panel: | $(ENV) ## build data/processed/scores.parquet and its companions from data/raw (notebooks 1 and 2)
	@$(MADE) panel

effects: | $(ENV) ## estimate all reforms x indices (notebook 3), into data/processed/estimates
	@$(MADE) panel estimates

briefing: | $(ENV) ## one province's briefing: PROVINCE=bac-ninh YEAR=2024 LANGS="vi en" PDF=1 ISSUER="Sở Nội vụ"
	@$(GOVLIB) briefing --province "$$PROVINCE" $(if $(GIVEN),--year "$$YEAR") --langs "$$LANGS" $(if $(PDF),--pdf)

briefings: | $(ENV) ## every province of YEAR, both languages, with an index page: JOBS=2 SCHEDULER=tcp://host:8786 OFFICE=1 (Word, slides, e-mail too)
	$(GOVLIB) briefings $(if $(GIVEN),--year "$$YEAR") --langs "$$LANGS" --jobs "$$JOBS" --scheduler "$$SCHEDULER" $(if $(PDF),--pdf) $(if $(OFFICE),--office)

departments: | $(ENV) ## a sheet for each department of PROVINCE, and who leads what
	$(GOVLIB) departments --province "$$PROVINCE" $(if $(GIVEN),--year "$$YEAR") --langs "$$LANGS"

compare: | $(ENV) ## two or more provinces side by side: PROVINCES="bac-ninh,hai-phong"
	$(GOVLIB) compare --provinces "$$PROVINCES" $(if $(GIVEN),--year "$$YEAR") --langs "$$LANGS"

office: | $(ENV) ## the briefing of PROVINCE as Word documents, slides and a plain e-mail
	$(GOVLIB) office --province "$$PROVINCE" $(if $(GIVEN),--year "$$YEAR") --langs "$$LANGS"

# ---- collecting ----------------------------------------------------------------------------------------------------
pull: | $(ENV) ## fetch publishers' own files into data/raw/originals (GOVLIB_MIRROR=folder-or-URL to fetch from a copy)
	set -f; $(GOVLIB) pull $$SOURCES

template: | $(ENV) ## a form for next year's edition: INDEX=pci YEAR=2025 DOUBLE=1 (two people type); INDEX=departments: who leads what
	$(if $(filter departments,$(INDEX)),$(GOVLIB) departments --form --province "$$PROVINCE" --year "$$YEAR",$(GOVLIB) template --index "$$INDEX" --year "$$YEAR" $(if $(DOUBLE),--double))

# ---- people --------------------------------------------------------------------------------------------------------
lab: | $(ENV) ## JupyterLab at notebooks/explore/index: ARGS="--no-browser --port 8889"
	set -f; $(GOVLIB) lab $$ARGS

dashboard: | $(ENV) ## the explorer as a page of its own, for colleagues without notebooks
	set -f; $(GOVLIB) dashboard $$ARGS

docs: | $(ENV) ## reference page and chart gallery, into site/
	$(GOVLIB) docs

site: | $(ENV) ## a site without a server, into public/: explorer, methods, gallery, briefings that were made
	$(GOVLIB) site

# ---- checking ------------------------------------------------------------------------------------------------------
LINT = $(PY) -m ruff check -q . && $(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' > /dev/null \
  && $(PY) -m mypy

QUICK := tests/test_house.py tests/known tests/words tests/forms
check: | $(ENV) ## the habit: linters, types, quick tests
	@$(MADE) panel
	$(LINT) & lint=$$!; $(PY) -m pytest -q -n "$${JOBS:-2}" --dist loadfile -m "not slow and not browser and not shared" $(QUICK) $(PYTEST_ARGS) && code=0 || code=$$?; wait $$lint; exit $$code

test: | $(ENV) ## linters, types, all tests
	$(GOVLIB) test --lint $(PYTEST_ARGS)

bench: | $(ENV) ## benchmarks, side by side with the alternatives; writes benchmarks/results/
	$(GOVLIB) bench

lock: pyproject.toml ## recompile requirements.lock (for maintainers)
	.build/uv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --extra dev --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	head -1 requirements-uv.lock | cut -d' ' -f1 | .build/uv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header - -o requirements-uv.lock
	printf 'cyclonedx-bom>=7\npip-audit>=2.10\n' | .build/uv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header - -o .ci/audit.lock

audit: | $(ENV) ## list what the lock holds as CycloneDX, into .build/sbom, and ask for advisories about it (for maintainers)
	.ci/audit

clean: ## remove what was generated (never data/raw, never .venv)
	rm -rf data/processed briefings site public benchmarks/results .pytest_cache .ruff_cache

help:
	@echo "make $(if $(VI),VIỆC [TÊN=giá trị ...],TARGET [NAME=value ...])"; echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/\1\t\2/p' Makefile | awk -F'\t' '{printf "  %-11s  %s\n", $$1, $$2}' \
	  $(if $(VI),| { GOVLIB_LANG=vi GOVLIB_ROOT="$(CURDIR)" "$(PYTHON)" -m govlib.run.asked 2> /dev/null || cat; })
	@echo; printf '$(if $(VI),đang đặt,now): PROVINCE=%s YEAR=%s LANGS="%s", $(if $(VI),môi trường,environment): %s\n' \
	  "$$PROVINCE" "$$YEAR" "$$LANGS" "$(if $(ACTIVE),$(ACTIVE) ($(if $(VI),đang bật,activated)),.venv)"

.PHONY: env panel effects briefing briefings compare departments office pull template lab dashboard docs site check test bench lock audit clean help
