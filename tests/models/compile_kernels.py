"""Compile the Lovász kernels for a device that need not be there.

``python -m tests.models.compile_kernels 90`` prints the names of those that
have machine code and keep nothing in local memory.
"""

import sys
import warnings

import triton
from triton.backends.compiler import GPUTarget

import segplug  # noqa: F401  (repairs the stack)
from segplug.models.losses import lovasz_kernels

POINTERS = dict.fromkeys(
    ('logits', 'weight', 'greatest', 'total', 'scale', 'slopes', 'gradient'),
    '*fp32',
)
POINTERS |= dict.fromkeys(('own', 'cells', 'marks', 'counts'), '*i32')
POINTERS |= {'labels': '*i64', 'bins': '*i16', 'sums': '*fp64'}
CONSTANTS = {
    'HAS_IGNORE': True,
    'HAS_ENTROPY': True,
    'PER_IMAGE': True,
    'BLOCK_C': 32,
    'BLOCK_N': 128,
}


def compiled(kernel, capability):
    names = kernel.arg_names
    constants = {n: v for n, v in CONSTANTS.items() if n in names}
    types = dict.fromkeys(names, 'i32')
    types |= {n: t for n, t in POINTERS.items() if n in names}
    types |= dict.fromkeys(constants, 'constexpr')
    source = triton.compiler.ASTSource(kernel, types, constants)
    return triton.compile(
        source,
        target=GPUTarget('cuda', capability, 32),
        options={'num_warps': 8},
    )


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    for name in ('count_own', 'count_bins', 'differentiate'):
        result = compiled(getattr(lovasz_kernels, name), int(sys.argv[1]))
        assert '.local' not in result.asm['ptx']
        assert len(result.asm['cubin']) > 1000
        print(name)
