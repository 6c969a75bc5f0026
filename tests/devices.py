"""What a GPU does differently, shown on a CPU.

Both classes are modes: within ``with OneDevice():`` each of PyTorch's
operations is looked at, those of the backward pass too.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# Operations that wait for the device or whose shape depends on the data.
_WAITING = (
    'equal',
    'is_nonzero',
    'local_scalar_dense',
    'masked_select',
    'nonzero',
    'repeat_interleave',
    'unique2',
    'unique_dim',
)
# Operations whose result depends on the order in which a GPU's threads come,
# after the notes of torch.use_deterministic_algorithms. They are refused;
# those that AnyOrder simulates are not among them.
_UNORDERED = (
    'bincount',
    'cumprod',
    'embedding_dense_backward',
    'histc',
    'index_copy',
    'index_put',
    'index_reduce',
    'kthvalue',
    'nll_loss2d_forward',
    'put',
    'scatter_reduce',
)
_SHUFFLED = ('scatter', 'scatter_add', 'index_add')
_INDEXED = ('index', 'index_put')


def _has_mask(indices):
    return any(x is not None and x.dtype == torch.bool for x in indices)


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__.strip('_')
        return self.run(function, name, args, kwargs or {})


class OneDevice(_Mode):
    """Refuses what waits for the device or copies to it.

    For tensors on the device ``'meta'``, which have no values.
    """

    def run(self, function, name, args, kwargs):
        waits = name in _WAITING or name in _INDEXED and _has_mask(args[1])
        assert not waits, f'{function} waits for the device'
        result = function(*args, **kwargs)
        for tensor in tree_leaves((args, kwargs, result)):
            if isinstance(tensor, torch.Tensor):
                assert tensor.is_meta, f'{function} has a tensor elsewhere'
        return result


class AnyOrder(_Mode):
    """Writes that meet in one number come in a random order.

    Cumulative sums of floats are refused, as a GPU does not repeat them.
    """

    def __init__(self, seed):
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)
        self.shuffled = set()

    def run(self, function, name, args, kwargs):
        assert name not in _UNORDERED, f'{function} has no order'
        if name == 'cumsum':
            assert not args[0].is_floating_point(), 'a sum of floats'
        if name in _SHUFFLED and isinstance(args[3], torch.Tensor):
            self.shuffled.add(name)
            args = self._shuffle(*args)
        return function(*args, **kwargs)

    def _shuffle(self, target, dim, index, source):
        if index.dim() > 1:  # a scatter, whose source may be larger
            source = source[tuple(map(slice, index.shape))]
        along = dim if index.dim() > 1 else 0
        size = index.shape[along]
        order = torch.randperm(size, generator=self._generator)
        index = index.index_select(along, order)
        return target, dim, index, source.index_select(dim, order)
