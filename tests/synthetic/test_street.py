import numpy as np
import pytest

from segplug.labels import bdd100k, cityscapes
from segplug.synthetic.bdd100k import INSTEAD as BDD_INSTEAD
from segplug.synthetic.cityscapes import INSTEAD as CITY_INSTEAD
from segplug.synthetic.generation import Options
from segplug.synthetic.street.clips import street_view
from segplug.synthetic.street.conditions import Climate, sample_conditions
from segplug.synthetic.street.kinds import KIND_ID, KINDS, named_labels
from segplug.synthetic.street.plan import sample_plan
from segplug.synthetic.street.scene import Rig, photograph, sample_street

SHAPE = (72, 144)
CLIMATE = Climate((0.6, 0.15, 0.25), (0.5, 0.2, 0.1, 0.1, 0.1))
RIG = Rig(0.9, 1.3, 0.45, CLIMATE, 0.5, True)
CALM = Climate((1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0))
COUNTED = ('person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle',
           'bicycle', 'caravan', 'trailer')  # fmt: skip


def view(seed, rig=RIG, shape=SHAPE, time=0.0, **options):
    rng = np.random.default_rng(seed)
    street = sample_street(rng, rig.climate, **options)
    return photograph(rng, street, rig, shape, time)


@pytest.fixture(scope='module')
def views():
    return [view(seed) for seed in range(48)]


def test_planes_are_consistent(views):
    for found in views:
        assert found.image.shape == (*SHAPE, 3)
        assert found.image.dtype == np.uint8
        assert found.kinds.dtype == np.uint8
        assert found.kinds.max() < len(KINDS)
        counted = np.isin(found.kinds, [KIND_ID[k] for k in COUNTED])
        np.testing.assert_array_equal(found.owner > 0, counted)


def test_a_thing_has_one_kind(views):
    for found in views:
        for number in np.unique(found.owner[found.owner > 0]):
            kinds = np.unique(found.kinds[found.owner == number])
            assert len(kinds) == 1


def test_all_evaluated_classes_and_most_others_occur(views):
    seen = {KINDS[k] for found in views for k in np.unique(found.kinds)}
    assert set(cityscapes.CLASSES) <= seen
    others = {'static', 'parking', 'rail track', 'street light', 'billboard',
              'parking sign', 'traffic sign frame', 'ego vehicle', 'ground',
              'guard rail', 'lane divider', 'traffic device', 'caravan',
              'rectification border'}  # fmt: skip
    assert others <= seen


def test_streets_look_like_streets(views):
    rows = np.arange(SHAPE[0])[:, None] * np.ones(SHAPE[1])
    share = np.zeros(len(KINDS))
    middle = {}
    for found in views:
        share += np.bincount(found.kinds.ravel(), minlength=len(KINDS))
        for kind in ('sky', 'road', 'car'):
            places = rows[found.kinds == KIND_ID[kind]]
            middle.setdefault(kind, []).extend(places)
    share /= share.sum()
    assert 0.15 < share[KIND_ID['road']] < 0.5
    assert 0.05 < share[KIND_ID['building']] < 0.35
    assert share[KIND_ID['pole']] > 0.002
    assert share.max() < 0.5
    order = [np.mean(middle[k]) for k in ('sky', 'car', 'road')]
    assert order == sorted(order)


def test_the_sky_is_brighter_and_bluer_than_the_road_by_day():
    rig = Rig(0.9, 1.3, 0.45, CALM, 0.0)
    for seed in range(6):
        found = view(seed, rig)
        sky = found.image[found.kinds == KIND_ID['sky']].mean(axis=0)
        road = found.image[found.kinds == KIND_ID['road']].mean(axis=0)
        assert sky.mean() > road.mean() + 15


def test_edges_of_the_labels_are_edges_of_the_picture(views):
    inside, across = [], []
    for found in views[:20]:
        grey = found.image.astype(float).mean(axis=2)
        step = np.abs(np.diff(grey, axis=1))
        edge = np.diff(found.kinds.astype(int), axis=1) != 0
        inside.append(step[~edge].mean())
        across.append(step[edge].mean())
    assert np.mean(across) > 2.5 * np.mean(inside)


def test_night_is_dark_and_lamps_shine():
    night = Climate((0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 0.0, 0.0))
    dark = [view(s, Rig(0.9, 1.3, 0.45, night, 0.0)) for s in range(5)]
    day = [view(s, Rig(0.9, 1.3, 0.45, CALM, 0.0)) for s in range(5)]
    assert (np.mean([v.image.mean() for v in dark])
            < 0.5 * np.mean([v.image.mean() for v in day]))  # fmt: skip
    lamps = np.concatenate(
        [v.image[v.kinds == KIND_ID['street light']] for v in dark]
    )
    everything = np.concatenate([v.image.reshape(-1, 3) for v in dark])
    assert lamps.mean() > 2 * everything.mean()


def test_a_view_depends_on_its_stream_alone(views):
    again = view(3)
    np.testing.assert_array_equal(again.image, views[3].image)
    np.testing.assert_array_equal(again.kinds, views[3].kinds)
    np.testing.assert_array_equal(again.owner, views[3].owner)
    assert (views[3].image != views[4].image).mean() > 0.5


def test_labels_hardly_depend_on_the_size_of_the_picture():
    small, large = view(5, shape=(72, 144)), view(5, shape=(144, 288))
    assert (large.kinds[::2, ::2] == small.kinds).mean() > 0.8


def test_pictures_of_a_clip_show_one_street():
    options = Options(6, 0, *SHAPE, seed=2)
    first, second, other = (
        street_view(options, 'train', k, RIG, 3) for k in (0, 1, 3)
    )

    def shares(found):
        return np.bincount(found.kinds.ravel(), minlength=len(KINDS))

    assert (first.kinds != second.kinds).any()
    near = np.abs(shares(first) - shares(second)).sum()
    assert near < np.abs(shares(first) - shares(other)).sum()


def test_easy_streets_are_plain_and_by_day():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        street = sample_street(rng, RIG.climate, easy=True)
        assert street.conditions.hour == 'day'
        assert street.conditions.weather in ('clear', 'overcast')
        assert street.plan.lanes == 2 and street.plan.style == 'city'


def test_conditions_follow_the_climate():
    rng = np.random.default_rng(0)
    found = [sample_conditions(rng, CLIMATE) for _ in range(3000)]
    for hour, share in zip(('day', 'dusk', 'night'), CLIMATE.hours):
        assert np.mean([c.hour == hour for c in found]) == pytest.approx(
            share, abs=0.03
        )
    for kind, share in zip(('clear', 'overcast', 'rain', 'snow', 'fog'),
                           CLIMATE.weathers):  # fmt: skip
        assert np.mean([c.weather == kind for c in found]) == pytest.approx(
            share, abs=0.03
        )


def test_fronts_lie_beyond_the_sidewalk():
    rng = np.random.default_rng(1)
    for _ in range(50):
        plan = sample_plan(rng, easy=False)
        for _, side in plan.sides:
            kerb = plan.kerb(side)
            assert plan.half <= kerb
            assert plan.front(side) >= kerb + side.walk - 1e-9
        for start, end in plan.junctions:
            assert plan.open((start + end) / 2) and not plan.open(end + 20)


@pytest.mark.parametrize(
    ('labels', 'instead'),
    [
        (cityscapes.LABELS, CITY_INSTEAD),
        (bdd100k.LABELS, BDD_INSTEAD),
    ],
)
def test_every_kind_has_a_label_and_every_label_a_kind(labels, instead):
    names = {label.name for label in labels}
    found = named_labels(labels, instead)
    assert set(found) == set(KINDS)
    ids = {label.name: label.id for label in labels}
    for kind in KINDS:
        if kind in names:
            assert found[kind] == ids[kind]
    assert set(found.values()) == set(ids.values())


def test_a_kind_without_a_label_is_an_error():
    with pytest.raises(KeyError, match='garage'):
        named_labels(cityscapes.LABELS, {})
