"""Kernels of some lines each, of 8 programs."""

import triton
import triton.language as tl


@triton.jit
def write_own(numbers):
    program = tl.program_id(0)
    tl.store(numbers + program, program)


@triton.jit
def add_to_one(numbers):
    tl.atomic_add(numbers, tl.program_id(0))


@triton.jit
def add_plainly(numbers):
    tl.store(numbers, tl.load(numbers) + tl.program_id(0))


@triton.jit
def write_all(numbers):
    tl.store(numbers, tl.program_id(0))


@triton.jit
def read_next(numbers):
    program = tl.program_id(0)
    next_one = tl.load(numbers + program + 1)
    tl.store(numbers + program, next_one + 1)


@triton.jit
def read_after(numbers):
    program = tl.program_id(0)
    tl.store(numbers + program, tl.load(numbers + 8 * program))
