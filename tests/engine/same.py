"""Compare what two runs left, bit for bit."""

import numpy as np
import torch

from segplug.compat.safe_load import safe_load

#: Says when and where a run was, not what it computed.
IGNORED = {'meta', 'message_hub'}


def differences(one, two, where=''):
    """List the places at which two nested values differ."""
    if type(one) is not type(two):
        return [f'{where}: {type(one).__name__}, {type(two).__name__}']
    if isinstance(one, torch.Tensor):
        same = one.dtype == two.dtype and torch.equal(one, two)
        return [] if same else [where]
    if isinstance(one, np.ndarray):
        return [] if np.array_equal(one, two) else [where]
    if isinstance(one, dict):
        if one.keys() != two.keys():
            return [f'{where}: keys {one.keys() ^ two.keys()}']
        pairs = [(k, one[k], two[k]) for k in one]
    elif isinstance(one, (list, tuple)):
        if len(one) != len(two):
            return [f'{where}: lengths {len(one)}, {len(two)}']
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(one, two))]
    else:
        return [] if one == two else [f'{where}: {one!r}, {two!r}']
    return [d for k, a, b in pairs for d in differences(a, b, f'{where}/{k}')]


def assert_same(one, two):
    """Compare two checkpoint files: all that further training depends on.

    Weights, buffers, EMA, optimizer, schedules, random states, and the
    history of losses and best scores.
    """
    loaded = [safe_load(str(path)) for path in (one, two)]
    states = [
        {k: v for k, v in checkpoint.items() if k not in IGNORED}
        for checkpoint in loaded
    ]
    found = differences(*states)
    assert not found, found
    for checkpoint in loaded:
        assert {'state_dict', 'optimizer', 'segplug'} <= checkpoint.keys()
    for key in ('iter', 'epoch', 'seed'):
        assert loaded[0]['meta'][key] == loaded[1]['meta'][key]
    hubs = [checkpoint['message_hub'] for checkpoint in loaded]
    losses = [hub['log_scalars']['train/loss'].data[0] for hub in hubs]
    assert np.array_equal(*losses, equal_nan=True)
    best = [hub['runtime_info'].get('best_score') for hub in hubs]
    assert best[0] == best[1]
