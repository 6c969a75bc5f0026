import pytest
import torch
from torch import nn

from segplug.weights import NoWeightsError, load_weights, weights_of


def network():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def test_equal_models_fit_exactly():
    source, target = network(), network()
    fit = load_weights(target, source.state_dict())
    assert fit.is_exact and fit.matched == fit.count == 6
    for name, value in source.state_dict().items():
        assert torch.equal(target.state_dict()[name], value)


def test_counters_of_batch_norm_are_not_missed():
    weights = network().state_dict()
    del weights['1.num_batches_tracked']
    assert load_weights(network(), weights).is_exact


def test_what_differs_is_named_and_the_rest_loaded():
    weights = network().state_dict()
    weights['0.weight'] = torch.zeros(5, 3, 1, 1)
    del weights['0.bias']
    weights['2.bias'] = torch.zeros(1)
    weights['1.bias'] = torch.full((4,), 7.0)
    target = network()
    fit = load_weights(target, weights)
    assert fit.missing == ('0.bias',)
    assert fit.unexpected == ('2.bias',)
    assert fit.reshaped == {'0.weight': ((5, 3, 1, 1), (4, 3, 1, 1))}
    assert fit.matched == 4
    assert target[1].bias.tolist() == [7.0] * 4
    assert '5×3×1×1, wanted 4×3×1×1' in fit.describe()
    assert fit.without('0.').missing == () and not fit.without('0.').is_exact
    assert fit.without('0.').without('2.').is_exact


def test_modules_that_convert_old_names():
    """What a module's own loading hook renames is neither missed."""

    class Renamed(nn.Linear):
        def _load_from_state_dict(self, state, prefix, *rest):
            state[f'{prefix}weight'] = state.pop(f'{prefix}kernel')
            super()._load_from_state_dict(state, prefix, *rest)

    weights = {'kernel': torch.ones(2, 2), 'bias': torch.ones(2)}
    fit = load_weights(Renamed(2, 2), weights)
    assert fit.is_exact


def test_versions_of_modules_are_kept():
    """By them a module knows how to read weights of earlier versions."""

    class Newer(nn.Linear):
        _version = 5

        def _load_from_state_dict(self, state, prefix, metadata, *rest):
            seen.append(metadata.get('version'))
            super()._load_from_state_dict(state, prefix, metadata, *rest)

    seen = []
    weights = weights_of({'state_dict': Newer(2, 2).state_dict()}, source='a')
    load_weights(Newer(2, 2), weights)
    load_weights(Newer(2, 3), weights)  # what does not fit is left out
    assert seen == [5, 5, 5]


@pytest.mark.parametrize('wrapped', [True, False])
def test_weights_of_checkpoints(wrapped):
    weights = {'module.a': torch.ones(1), 'module.b': torch.ones(1)}
    checkpoint = {'state_dict': weights, 'meta': {}} if wrapped else weights
    assert list(weights_of(checkpoint, source='x')) == ['a', 'b']


@pytest.mark.parametrize('content', [{}, [], 3, {'a': 1}, {'state_dict': {}}])
def test_files_without_weights(content):
    with pytest.raises(NoWeightsError, match='x.pth holds no weights'):
        weights_of(content, source='x.pth')
