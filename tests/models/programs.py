"""Programs of Triton's kernels that run together, shown by its interpreter."""

import contextlib
import itertools
import random
from collections import defaultdict
from unittest import mock

from triton.runtime import interpreter


class Programs:
    """Gives programs a random order, and looks at what they read and write.

    A context. On a GPU programs run at the same time: none may read what
    another one writes in the same launch, and where two write the same number
    both have to do it by atomic operations.

    Attributes:
        launches: How many kernels were started.
    """

    def __init__(self, seed):
        self.launches = 0
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
        self._read, self._written, self._changed = (
            defaultdict(set) for _ in range(3)
        )

    def _check(self):
        for address, programs in self._written.items():
            others = self._read[address] | self._changed[address]
            assert len(programs | others) == 1, 'written beside another'
        for address, programs in self._changed.items():
            assert self._read[address] <= programs, 'read beside another'
            alone = len(programs) == 1
            assert alone or not self._read[address], 'read beside another'

    def _note(self, table, addresses, mask):
        for address in addresses[mask].ravel().tolist():
            table[address].add(self._program)

    def load(self, addresses, mask, *args):
        self._note(self._read, addresses, mask)
        return self._builtin.load(addresses, mask, *args)

    def store(self, addresses, values, mask):
        self._note(self._written, addresses, mask)
        return self._builtin.store(addresses, values, mask)

    def atomic_rmw(self, operation, addresses, values, mask, *args):
        self._note(self._changed, addresses, mask)
        return self._builtin.atomic_rmw(
            operation, addresses, values, mask, *args
        )

    def __getattr__(self, name):
        return getattr(self._builtin, name)
