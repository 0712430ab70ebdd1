# What a person does here; each target says what it does. `make` alone lists them.

# Everything that is built or fetched lies outside the checkout.
CACHE := $(or $(GATEWAYED_CACHE),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME)/gatewayed),$(HOME)/.cache/gatewayed)
export GATEWAYED_CACHE := $(CACHE)
export CARGO_TARGET_DIR ?= $(CACHE)/target
BIN := $(CARGO_TARGET_DIR)/debug
PYTEST := tests/awsim/pytest
VENV := $(CACHE)/venv-$(shell sha256sum $(PYTEST)/requirements.txt 2>/dev/null | cut -c1-12)
SOAK := tests/it/soak
PLOT := $(CACHE)/venv-$(shell sha256sum $(SOAK)/requirements.txt 2>/dev/null | cut -c1-12)

SECTIONS := crashes storms leader drift deleting soak

.DEFAULT_GOAL := help
.PHONY: help demo test torture $(SECTIONS) graph bench lint crds tables clean preflight build plane

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z ]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: preflight build plane ## Show the product at work on a real control plane and a simulated AWS (KEEP=1 leaves it running)
	@$(BIN)/lab demo $(if $(KEEP),--keep)

test: preflight build plane $(VENV)/ready ## Run every test: pure, on a real control plane, and AWS's own clients against the simulator
	cargo test --workspace --locked
	AWSIM_BIN=$(BIN)/awsim $(VENV)/bin/python -m pytest -q $(PYTEST)

torture: preflight build plane ## Run every long test of docs/reliability.md and print what it measured (hours; by section: next line)
	@sh tests/torture.sh $(SECTIONS)

crashes storms leader drift deleting soak: preflight build plane ## Run one section of it
	@sh tests/torture.sh $@

graph: $(PLOT)/ready ## Draw what the last soak measured (soak.png beside its CSV)
	@$(PLOT)/bin/python $(SOAK)/plot.py $(CARGO_TARGET_DIR)/tmp/soak.csv $(CARGO_TARGET_DIR)/tmp/soak.png
	@echo $(CARGO_TARGET_DIR)/tmp/soak.png

bench: preflight ## Measure the simulator: calls a second and memory with 10,000 objects (fails below 3,000 or from 200 MiB)
	cargo bench -p awsim --locked --bench load

lint: preflight ## Check format, lints and the documentation's links
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

crds: preflight ## Write crds/*.yaml from the types
	cargo build --workspace --locked
	$(BIN)/gatewayed crd --dir crds

tables: ## Write the simulator's wire tables from the pinned service models
	python3 tests/awsim/generator/generate.py --cache $(CACHE)

clean: ## Remove all that was built or fetched, outside the checkout too (the next build takes about 15 minutes)
	rm -rf $(CACHE)

preflight:
	@sh tests/preflight.sh

build:
	@echo "building the workspace (once about 6 minutes on two cores: aws-sdk-ec2 is half of it)"
	cargo build --workspace --locked

plane: build
	@$(BIN)/lab build

$(VENV)/ready: $(PYTEST)/requirements.txt
	@echo "installing boto3, pytest and moto for the outside reader of the simulator"
	@python3 -m venv $(VENV) || { echo "python3 cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)"; exit 1; }
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $(PYTEST)/requirements.txt
	@touch $@

$(PLOT)/ready: $(SOAK)/requirements.txt
	@echo "installing matplotlib for the graph of the soak"
	@python3 -m venv $(PLOT) || { echo "python3 cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PLOT)/bin/pip install --quiet --disable-pip-version-check -r $(SOAK)/requirements.txt
	@touch $@
