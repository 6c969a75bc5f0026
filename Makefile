# make demo   train and test a small model on synthetic data
# make test   run the tests
#
# Both make a virtual environment in $(VENV) with the tested versions first.
# On Linux, PyTorch's default build brings several GB of CUDA libraries. For
# the CPU-only build give the address of PyTorch's CPU wheel index, which
# PyTorch's installation page shows: make demo TORCH_INDEX=https://…/whl/cpu

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
JOBS ?= 2
TESTS ?= tests

PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
BIN := $(VENV)/bin
# What the tests compare scores with. Installed without its requirements: those
# of cityscapesScripts include a `typing` made for Python 2.
REFEREES := cityscapesscripts pyquaternion torchmetrics lightning-utilities
# PyTorch's builds for CUDA bring their own.
TRITON := 'triton<=3.9.0'
# One thread a test process: JOBS processes share the cores.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)

.PHONY: demo test test-stack test-kernels lint format venv clean

venv: $(VENV)/.installed

$(VENV)/.installed: setup.py tools/constraints.txt
	$(PYTHON) -m venv $(VENV)
ifneq ($(TORCH_INDEX),)
	$(PIP) install -q -c tools/constraints.txt --index-url $(TORCH_INDEX) torch
endif
	$(PIP) install -q -c tools/constraints.txt -e '.[lite,dev]'
	$(PIP) install -q -c tools/constraints.txt --no-deps $(REFEREES)
	touch $@

demo: venv
	$(BIN)/python tools/demo.py

test: venv
	$(PYTEST) $(TESTS)

# The tests that touch what differs between versions of the stack.
test-stack: venv
	$(PYTEST) -m stack $(TESTS)

# The Triton kernels in Triton's interpreter, on the CPU.
test-kernels: venv
	$(BIN)/python -c 'import triton' || $(PIP) install -q $(TRITON)
	TRITON_INTERPRET=1 $(PYTEST) -m kernels $(TESTS)

lint: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist *.egg-info
