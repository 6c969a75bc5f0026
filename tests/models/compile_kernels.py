"""Compile the Lovász kernels for a device that need not be there.

``python -m tests.models.compile_kernels 90 19 150`` compiles for compute
capability 9.0, and for 19 and 150 classes. It prints the names of the kernels
whose machine code has no stack to speak of, hence no spilled registers.
"""

import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import triton
from triton.backends.compiler import GPUTarget

import segplug  # noqa: F401  (repairs the stack)
from segplug.models.losses.lovasz import triton_backend, triton_kernels
from segplug.models.losses.lovasz.blocks import Options
from segplug.models.losses.lovasz.ruler import Cells

TYPES = {
    torch.float32: '*fp32',
    torch.float64: '*fp64',
    torch.int8: '*i8',
    torch.int16: '*i16',
    torch.int32: '*i32',
    torch.int64: '*i64',
}
OBJDUMP = Path(triton.__file__).parent / 'backends/nvidia/bin/cuobjdump'


def compiled(kernel, capability, classes):
    """Compile as the loss would call the kernel."""
    launch = triton_backend._Launch(
        torch.empty(1, classes, 4096),
        torch.empty(1, 4096, dtype=torch.int64),
        torch.empty(classes),
        Cells.of(8192),
        Options(True, True, 255, 8192),
    )
    number = torch.empty(1, dtype=torch.int32)
    found = dict(cells=number, marks=number, counts=number)
    found |= dict(bins=number.short(), slopes=number.float())
    found |= dict(gradient=number.float(), marked=number.to(torch.int8))
    found |= launch._arguments
    types, constants = {}, {}
    for name in kernel.arg_names:
        if isinstance(found[name], torch.Tensor):
            types[name] = TYPES[found[name].dtype]
        elif name.isupper():
            types[name], constants[name] = 'constexpr', found[name]
        else:
            types[name] = 'i32'
    return triton.compile(
        triton.compiler.ASTSource(kernel, types, constants),
        target=GPUTarget('cuda', capability, 32),
        options={'num_warps': triton_backend._WARPS},
    )


def stack(code):
    """Return the bytes of stack and local memory of machine code."""
    with tempfile.NamedTemporaryFile(suffix='.cubin') as file:
        file.write(code)
        file.flush()
        words = [str(OBJDUMP), '-res-usage', file.name]
        text = subprocess.run(words, capture_output=True, text=True).stdout
    (found,) = re.findall(r'STACK:(\d+) .*LOCAL:(\d+)', text)
    return sum(map(int, found))


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    capability, *counts = map(int, sys.argv[1:])
    for classes in counts:
        for name in ('count_own', 'count_bins', 'differentiate'):
            kernel = getattr(triton_kernels, name)
            result = compiled(kernel, capability, classes)
            size = stack(result.asm['cubin'])
            # Triton 3.2 keeps up to 8 bytes for a number that it spreads.
            assert size <= 8, f'{name}, {classes} classes: {size} bytes'
            print(name)
