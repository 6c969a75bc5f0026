"""Programs of Triton's kernels that run together, shown by its interpreter."""

import contextlib
import itertools
import random
from unittest import mock

import numpy as np
from triton.runtime import interpreter


class Programs:
    """Gives programs a random order, and looks at what they read and write.

    A context. On a GPU programs run at the same time: none may read what
    another one writes in the same launch, and where two write the same number
    both have to do it by atomic operations, of integers, as sums of floats
    depend on the order.

    Attributes:
        launches: How many kernels were started.
        tensors: Outside of these, where there are some, nothing may be read
            or written.
    """

    def __init__(self, seed):
        self.launches = 0
        self.tensors = []
        self._random = random.Random(seed)
        self._rest = []
        self._forget()

    def __enter__(self):
        builder = interpreter.interpreter_builder
        self._grid = lambda: builder.grid_dim
        self._set_index = builder.set_grid_idx
        self._builtin = interpreter._interpreter
        self._patches = contextlib.ExitStack()
        for where, name, replacement in (
            (interpreter, '_interpreter', self),
            (builder, 'set_grid_idx', self._start),
        ):
            patch = mock.patch.object(where, name, replacement)
            self._patches.enter_context(patch)
        return self

    def __exit__(self, *error):
        self._patches.close()
        if not any(error):
            assert not self._rest
            self._check()

    def _start(self, *index):
        if not any(index):  # a launch begins
            self._check()
            self._forget()
            self.launches += 1
            self._rest = [*itertools.product(*map(range, self._grid()))]
            self._random.shuffle(self._rest)
        self._program = self._rest.pop()
        self._set_index(*self._program)

    def _forget(self):
        # Which programs do each with an address.
        self._uses = {'read': {}, 'written': {}, 'changed': {}}

    def _check(self):
        read, written, changed = self._uses.values()
        for address in {*written, *changed}:
            uses = [use.get(address, ()) for use in self._uses.values()]
            alone = len(set().union(*uses)) == 1
            atomic = address not in read and address not in written
            assert alone or atomic, 'used beside another'

    def _note(self, use, addresses, mask):
        addresses = addresses[mask].ravel()
        for address in addresses.tolist():
            self._uses[use].setdefault(address, set()).add(self._program)
        outside = np.full(len(addresses), bool(self.tensors))
        for tensor in self.tensors:
            start = tensor.data_ptr()
            end = start + tensor.nbytes
            outside &= (addresses < start) | (addresses >= end)
        assert not outside.any(), 'outside'

    def load(self, addresses, mask, *args):
        self._note('read', addresses, mask)
        return self._builtin.load(addresses, mask, *args)

    def store(self, addresses, values, mask):
        self._note('written', addresses, mask)
        return self._builtin.store(addresses, values, mask)

    def atomic_rmw(self, operation, addresses, values, mask, *args):
        self._note('changed', addresses, mask)
        assert values.dtype.kind in 'iu', 'a sum of floats'
        return self._builtin.atomic_rmw(
            operation, addresses, values, mask, *args
        )

    def __getattr__(self, name):
        return getattr(self._builtin, name)
