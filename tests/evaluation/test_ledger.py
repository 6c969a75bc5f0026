import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.evaluation.ledger import Ledger, SamplerError, Share, repeats


def dealt(size, world, shuffled):
    """Deal a padded list of images to processes, as DefaultSampler does."""
    order = list(range(size))
    if shuffled:
        random.Random(size).shuffle(order)
    length = -(-size // world) * world
    padded = (order * (length // size + 1))[:length]
    return [padded[rank::world] for rank in range(world)]


def shares(hands):
    return [
        Share(len(h), f'{h[0]}' if h else None, f'{h[-1]}' if h else None)
        for h in hands
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.booleans())
def test_every_image_is_counted_once(size, world, shuffled):
    hands = dealt(size, world, shuffled)
    dropped = repeats(shares(hands), size)
    kept = [
        image
        for hand, drop in zip(hands, dropped)
        for image in (hand[:-1] if drop else hand)
    ]
    assert sorted(kept) == list(range(size))


@pytest.mark.parametrize('size', [2, 5, 7])
def test_needs_no_repeats(size):
    hands = [list(range(size))[rank::3] for rank in range(3)]
    assert repeats(shares(hands), size) == [False] * 3


def test_the_same_image_may_be_in_a_data_set_twice():
    hands = [[4, 4, 1], [7, 7, 4]]  # six images, two of them twice
    assert repeats(shares(hands), 6) == [False, False]


def test_contiguous_shares_with_repeats_are_not_understood():
    hands = [[0, 1, 2], [3, 4, 0]]
    with pytest.raises(SamplerError, match='do not|does not deal'):
        repeats(shares([[0, 1, 2], [3, 4, 4]]), 5)
    assert repeats(shares(hands), 5) == [False, True]


@pytest.mark.parametrize(
    ('hands', 'size'),
    [([[0, 1]], 3), ([[0, 1, 2, 0]], 3), ([[0, 1, 2], [3]], 5), ([[]], 1)],
)
def test_wrong_numbers_name_the_remedy(hands, size):
    with pytest.raises(SamplerError, match='DefaultSampler') as caught:
        repeats(shares(hands), size)
    assert f'has {size} images' in str(caught.value)


def test_holds_the_last_image_back():
    ledger = Ledger.like(torch.zeros(2))
    for i in range(1, 4):
        ledger.add(torch.full((2,), float(i)), f'{i}')
    assert ledger.total.tolist() == [3, 3]
    assert ledger.share == Share(3, '1', '3')
    total, repeated = ledger.close(3)
    assert total.tolist() == [6, 6]
    assert not repeated
