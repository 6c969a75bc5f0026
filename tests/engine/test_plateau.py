from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segplug.engine.plateau import Plateau, Score, from_plain, to_plain

values = st.lists(
    st.one_of(st.integers(0, 6).map(float), st.sampled_from([nan, inf])),
    max_size=12,
)


def steps(scores):
    return [Score(10 * n, value) for n, value in enumerate(scores, 1)]


def waits(scores, rule, delta):
    """Validations since the last improvement, by looking back from the end.

    An improvement exceeds every improvement before it.
    """
    sign = 1 if rule == 'greater' else -1
    improvements = []
    for n, value in enumerate(scores):
        if isfinite(value) and all(
            sign * (value - scores[m]) > delta for m in improvements[-1:]
        ):
            improvements.append(n)
    return len(scores) - 1 - improvements[-1] if improvements else len(scores)


@given(values, st.sampled_from(['greater', 'less']), st.sampled_from([0, 1.5]))
def test_waiting(scores, rule, delta):
    plateau = Plateau(rule, 3, delta, steps(scores))
    waited = waits(scores, rule, delta)
    assert plateau.waited == waited
    assert plateau.is_reached == (waited >= 3)
    assert not Plateau(rule, None, delta, steps(scores)).is_reached


@given(values)
def test_rules_mirror_each_other(scores):
    mirrored = [-value for value in scores]
    one = Plateau('greater', 3, 0.5, steps(scores))
    other = Plateau('less', 3, 0.5, steps(mirrored))
    assert one.waited == other.waited


def test_a_constant_score_is_no_improvement():
    assert Plateau('greater', 2, 0.0, steps([5.0, 5.0, 5.0])).is_reached


def test_better():
    plateau = Plateau('less', 2)
    assert plateau.is_better(0.4, 0.5) and plateau.is_better(9.0, None)
    assert not plateau.is_better(0.5, 0.5)
    assert not plateau.is_better(nan, None)


@given(values)
def test_plain_form(scores):
    history = steps(scores)
    back = from_plain(to_plain(history))
    assert [s.step for s in back] == [s.step for s in history]
    for there, here in zip(back, history):
        same = there.value == here.value
        assert same or not (isfinite(there.value) or isfinite(here.value))


@pytest.mark.parametrize(
    'content', [None, 5, [[1]], [['a', 1]], [[2, 1.0], [1, 1.0]], [[1, {}]]]
)
def test_what_is_no_history(content):
    with pytest.raises(ValueError, match='is no list of scores|not in order'):
        from_plain(content)
