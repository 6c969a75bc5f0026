"""What a GPU does differently, shown on a CPU.

Both are contexts in which each of PyTorch's operations is looked at, those of
the backward pass too.
"""

import contextlib

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# Operations that wait for the device or whose shape depends on the data.
_WAITING = (
    'bincount',
    'equal',
    'histc',
    'is_nonzero',
    'isin',
    'local_scalar_dense',
    'masked_select',
    'multinomial',
    'nonzero',
    'repeat_interleave',
    'unique2',
    'unique_dim',
)
_INDEXED = ('index', 'index_put', 'index_put_impl')
# Functions that make tensors of what the host has.
_COPYING = (
    torch.as_tensor,
    torch.asarray,
    torch.from_numpy,
    torch.frombuffer,
    torch.tensor,
    torch.Tensor.new,
    torch.Tensor.new_tensor,
)
# Operations whose result depends on the order in which a GPU's threads come,
# after the notes of torch.use_deterministic_algorithms. They are refused;
# those that any_order simulates are not among them.
_UNORDERED = (
    'adaptive_avg_pool2d_backward',
    'bincount',
    'cumprod',
    'embedding_bag',
    'embedding_dense_backward',
    'grid_sampler_2d_backward',
    'histc',
    'index_copy',
    'index_put',
    'index_put_impl',
    'index_reduce',
    'kthvalue',
    'median',
    'nanmedian',
    'nll_loss2d_forward',
    'put',
    'reflection_pad2d_backward',
    'replication_pad2d_backward',
    'scatter_reduce',
    'upsample_bilinear2d_backward',
)
_SHUFFLED = ('scatter', 'scatter_add', 'index_add')


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__.strip('_')
        return self.run(function, name, args, kwargs or {})


class _OneDevice(_Mode):
    """Looks at operations, which are those that have a tensor."""

    def run(self, function, name, args, kwargs):
        waits = name in _WAITING or name in _INDEXED and _has_mask(args[1])
        assert not waits, f'{function} waits for the device'
        result = function(*args, **kwargs)
        for tensor in tree_leaves((args, kwargs, result)):
            if isinstance(tensor, torch.Tensor):
                assert tensor.is_meta, f'{function} has a tensor elsewhere'
        return result


def _has_mask(indices):
    return any(x is not None and x.dtype == torch.bool for x in indices)


class _NothingFromTheHost(TorchFunctionMode):
    """Looks at functions, some of which do not become operations."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        assert function not in _COPYING, f'{function} copies from the host'
        if function in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            indices = args[1] if isinstance(args[1], tuple) else (args[1],)
            known = (torch.Tensor, slice, int, type(None), type(...))
            assert all(isinstance(x, known) for x in indices), 'a list'
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def one_device():
    """Refuse what waits for the device or copies to it.

    For tensors on the device ``'meta'``, which have no values.
    """
    with _NothingFromTheHost(), _OneDevice():
        yield


class any_order(_Mode):
    """Have writes that meet in one number come in a random order.

    Equal numbers have a random order, too, where PyTorch promises none.
    Cumulative sums of floats are refused, as a GPU does not repeat them.
    """

    def __init__(self, seed):
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)
        self.shuffled = set()

    def run(self, function, name, args, kwargs):
        assert name not in _UNORDERED, f'{function} has no order'
        if name in _SHUFFLED and isinstance(args[3], torch.Tensor):
            self.shuffled.add(name)
            args = self._shuffle_writes(*args)
        if name == 'topk' or name == 'sort' and not kwargs.get('stable'):
            return self._shuffle_equal(function, *args, **kwargs)
        result = function(*args, **kwargs)
        if name == 'cumsum':
            assert not result.is_floating_point(), 'a sum of floats'
        return result

    def _permute(self, size):
        return torch.randperm(size, generator=self._generator)

    def _shuffle_writes(self, target, dim, index, source):
        if index.dim() > 1:  # a scatter, whose source may be larger
            source = source[tuple(map(slice, index.shape))]
        along = dim if index.dim() > 1 else 0
        order = self._permute(index.shape[along])
        index = index.index_select(along, order)
        return target, dim, index, source.index_select(dim, order)

    def _shuffle_equal(self, function, values, *args, **kwargs):
        """Sort or select, along the last dimension only."""
        order = self._permute(values.shape[-1])
        found, places = function(values[..., order], *args, **kwargs)
        assert torch.equal(values.gather(-1, order[places]), found)
        return found, order[places]
