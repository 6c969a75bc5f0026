import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from segplug.prepare.draw import apportion, draw, shuffled

R1 = {'train': 1024, 'val': 196, 'test': 144}


def test_the_draw_is_fixed_for_ever():
    # The digests were computed with another tool (sha256sum).
    names = ['aachen_1', 'bochum_2', 'lindau_3', 'ulm_4']
    first = {n: hashlib.sha256(f'0:{n}'.encode()).hexdigest() for n in names}
    assert shuffled(names, 0) == sorted(names, key=first.get)
    assert shuffled(names[::-1], 0) == shuffled(names, 0)
    assert shuffled(names, 0) != shuffled(names, 3)


def test_one_name_less_leaves_the_order_of_the_others():
    names = [str(i) for i in range(50)]
    order = shuffled(names, 7)
    order.remove('13')
    assert shuffled([n for n in names if n != '13'], 7) == order


def test_shares_of_the_reports():
    assert apportion(1364, R1) == R1
    shares = {'train': 70, 'val': 15, 'test': 15}
    assert list(apportion(8000, shares).values()) == [5600, 1200, 1200]
    assert list(apportion(10, shares).values()) == [7, 2, 1]
    assert list(apportion(3, shares).values()) == [1, 1, 1]


@given(
    st.integers(0, 500),
    st.lists(st.integers(1, 2000), min_size=1, max_size=5),
)
def test_shares_add_up_and_none_is_empty(total, shares):
    named = dict(enumerate(shares))
    made = apportion(total, named)
    assert list(made) == list(named)
    assert sum(made.values()) == total
    assert min(made.values()) >= (total >= len(shares))
    for part, share in named.items():
        exact = total * share / sum(shares)
        assert abs(made[part] - exact) <= len(shares)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
    st.integers(0, 5),
)
def test_groups_are_dealt_whole(sizes, seed):
    groups = {
        f'g{i}': [f'g{i}-{j}' for j in range(n)] for i, n in enumerate(sizes)
    }
    total = sum(sizes)
    counts = apportion(total, {'a': 70, 'b': 15, 'c': 15})
    made = draw(groups, counts, seed)
    dealt = Counter(name for ids in made.values() for name in ids)
    assert dealt == Counter(n for ids in groups.values() for n in ids)
    for group in groups:
        homes = [
            s
            for s, ids in made.items()
            if any(n.startswith(f'{group}-') for n in ids)
        ]
        assert len(homes) == 1
    assert len(groups) < 3 or all(made.values())
    if max(sizes) == 1 and total > 2:
        assert {s: len(ids) for s, ids in made.items()} == counts
    elif len(sizes) > 20:
        assert abs(len(made['a']) - counts['a']) < max(sizes)


def test_more_names_than_wanted():
    names = {f'n{i:04d}': [f'n{i:04d}'] for i in range(3475)}
    made = draw(names, R1, 0)
    assert {split: len(ids) for split, ids in made.items()} == R1
    assert len(set().union(*made.values())) == 1364
    assert all(ids == sorted(ids) for ids in made.values())
    order = shuffled(names, 0)
    assert set(made['val']) == set(order[1024:1220])
