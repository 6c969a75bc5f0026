import numpy as np
import pytest
from scipy import ndimage

from segplug.evaluation import BorderOptions
from segplug.evaluation.border_counts import count_borders
from segplug.evaluation.borders import VOID, edges, inner_band

from . import scenes

CLASSES = 11  # more than fit into one bit set
OPTIONS = BorderOptions(band=3, tolerance=2.3, trimap=(3, 1), smoothing=4)


def crowded(seed):
    """Return maps of many classes, with void and wrong pixels."""
    rng = np.random.default_rng(seed)
    label = scenes.scene(rng, (48, 61), CLASSES, blobs=60)
    pred = np.roll(label, 1, axis=1)
    noise = rng.random(label.shape) < 0.03
    pred[noise] = rng.integers(0, CLASSES, noise.sum())
    label[rng.random(label.shape) < 0.02] = VOID
    return pred, label


def by_definition(pred, label, c, options):
    """Count one class with a mask for everything."""
    pred = np.where(label == VOID, VOID, pred).astype(np.uint8)
    true, made = label == c, pred == c
    counts = {}
    bands = {'band': (inner_band(label, 3), inner_band(pred, 3))}
    distance = ndimage.distance_transform_edt(~edges(label))
    for width in options.trimap:
        near = (distance <= width) & edges(label).any()
        bands[f'near{width}'] = (near, near)
    for name, (of_true, of_made) in bands.items():
        t, m = true & of_true, made & of_made
        counts[f'{name}_both'] = (t & m).sum()
        counts[f'{name}_truth'] = t.sum()
        counts[f'{name}_pred'] = m.sum()
    ends = {'truth': true & edges(label), 'pred': made & edges(pred)}
    for side, other in (('truth', 'pred'), ('pred', 'truth')):
        counts[f'edge_{side}'] = ends[side].sum()
        away = np.full(label.shape, np.inf)
        if ends[other].any():
            away = ndimage.distance_transform_edt(~ends[other])
        hit = ends[side] & (away <= options.tolerance)
        counts[f'edge_{side}_hit'] = hit.sum()
    for side, mask in (('truth', true), ('pred', made)):
        counts[f'parts_{side}'] = ndimage.label(mask, np.ones((3, 3)))[1]
        counts[f'images_{side}'] = int(mask.any())
    return counts


@pytest.mark.parametrize('seed', range(4))
def test_equals_the_definitions(seed):
    pred, label = crowded(seed)
    pred[:4, :9] = CLASSES  # none of the classes
    counts = count_borders(pred, label, CLASSES, OPTIONS)
    assert counts.shape == (CLASSES, len(OPTIONS.columns))
    for c in range(CLASSES):
        row = dict(zip(OPTIONS.columns, counts[c].tolist()))
        for name, expected in by_definition(pred, label, c, OPTIONS).items():
            assert row[name] == expected, (c, name)


def test_what_lies_under_void_does_not_matter():
    pred, label = scenes.pair(0, (40, 50), 5)
    label[10:20, 10:30] = VOID
    other = pred.copy()
    other[label == VOID] = 3
    options = BorderOptions()
    np.testing.assert_array_equal(
        count_borders(pred, label, 5, options),
        count_borders(other, label, 5, options),
    )


def test_sizes_below_one_are_fractions_of_the_diagonal():
    pred, label = scenes.pair(1, (60, 80), 5, void=0)  # diagonal 100
    fraction = BorderOptions(band=0.034, tolerance=0.0231)
    pixels = BorderOptions(band=3, tolerance=2.31)
    np.testing.assert_array_equal(
        count_borders(pred, label, 5, fraction),
        count_borders(pred, label, 5, pixels),
    )


def test_all_void_counts_nothing():
    void = np.full((9, 9), VOID, np.uint8)
    assert not count_borders(np.zeros_like(void), void, 3, OPTIONS).any()


@pytest.mark.parametrize(
    'options',
    [{'band': 0}, {'tolerance': -1}, {'trimap': ()}, {'trimap': range(1, 50)}],
)
def test_refuses_sizes(options):
    with pytest.raises(ValueError, match='positive'):
        BorderOptions(**options)


def test_refuses_too_many_classes():
    void = np.full((9, 9), VOID, np.uint8)
    with pytest.raises(ValueError, match='at most 254'):
        count_borders(void, void, 255, OPTIONS)
