"""Whole losses against their definition, and what follows from it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss

from .definition import hinge_by_definition, softmax_loss_by_definition

VOID = 255
CLASSES = 3


@st.composite
def batches(draw, classes=CLASSES):
    """Logits B × C × 1 × N, float64, and labels, of some tiny images."""
    images, pixels = draw(st.integers(1, 2)), draw(st.integers(1, 6))
    score = st.floats(-6, 6, width=32)
    label = st.sampled_from([*range(max(classes, 2)), VOID])
    size = images * classes * pixels
    logits = draw(st.lists(score, min_size=size, max_size=size))
    size = images * pixels
    labels = draw(st.lists(label, min_size=size, max_size=size))
    shape = images, 1, pixels
    logits = torch.tensor(logits, dtype=torch.double)
    return (
        logits.view(images, classes, 1, pixels),
        torch.tensor(labels).view(shape),
    )


def groups(logits, labels, per_image):
    """Cut a batch into lists of pixels, one for each set."""
    logits, labels = logits.movedim(1, -1).flatten(1, 2), labels.flatten(1)
    if not per_image:
        logits, labels = logits.flatten(0, 1)[None], labels.flatten()[None]
    return zip(logits.tolist(), labels.tolist())


METHODS = pytest.mark.parametrize(
    ('options', 'tolerance'),
    [
        (dict(method='exact'), 1e-12),
        (dict(), 1e-12),  # sorted, as there are so few pixels
        (dict(sort_up_to=0, backend='torch'), 1e-6),
        (dict(sort_up_to=0), 1e-6),
    ],
)


@METHODS
@given(
    batch=batches(),
    classes=st.sampled_from(['present', 'all', [1], [2, 0]]),
    weight=st.sampled_from([None, [0.5, 2.0, 0.0]]),
    per_image=st.booleans(),
)
def test_softmax_loss(options, tolerance, batch, classes, weight, per_image):
    loss = LovaszSoftmaxLoss(
        classes=classes,
        class_weight=weight,
        per_image=per_image,
        reduction='none',
        **options,
    )
    expected = [
        softmax_loss_by_definition(*group, classes, weight)
        for group in groups(*batch, per_image)
    ]
    values = loss(*batch).view(-1).tolist()
    assert values == pytest.approx(expected, abs=tolerance)


@METHODS
@given(batch=batches(classes=1), per_image=st.booleans())
def test_hinge(options, tolerance, batch, per_image):
    loss = LovaszSoftmaxLoss(
        loss_type='binary', per_image=per_image, reduction='none', **options
    )
    expected = [
        hinge_by_definition([x for (x,) in scores], labels)
        for scores, labels in groups(*batch, per_image)
    ]
    values = loss(*batch).view(-1).tolist()
    relative = 0 if options.get('method') else tolerance
    assert values == pytest.approx(expected, abs=tolerance, rel=relative)


@METHODS
@given(batch=batches())
def test_with_cross_entropy(options, tolerance, batch):
    logits, labels = batch
    both = CrossEntropyLovaszLoss(avg_non_ignore=True, **options)
    ((scores, ids),) = groups(*batch, per_image=False)
    expected = softmax_loss_by_definition(scores, ids)
    valid = labels != VOID
    if valid.any():
        terms = torch.nn.functional.cross_entropy(
            logits, labels, ignore_index=VOID
        )
        expected += terms.item()
    assert both(logits, labels).item() == pytest.approx(
        expected, abs=tolerance
    )


@METHODS
@given(batch=batches(), data=st.data())
def test_what_changes_nothing(options, tolerance, batch, data):
    """The order of pixels and of classes, what is void, and its labels."""
    logits, labels = batch
    loss = LovaszSoftmaxLoss(**options)
    expected = loss(logits, labels).item()

    pixels = data.draw(st.permutations(range(labels.shape[-1])))
    mixed = loss(logits[..., pixels], labels[..., pixels])
    assert mixed.item() == pytest.approx(expected, abs=tolerance)

    names = data.draw(st.permutations(range(CLASSES)))
    renamed = torch.full((256,), VOID)
    renamed[:CLASSES] = torch.tensor(names)
    order = torch.tensor(names).argsort()
    other = loss(logits[:, order], renamed[labels])
    assert other.item() == pytest.approx(expected, abs=tolerance)

    void = (labels == VOID)[:, None]
    noise = data.draw(st.sampled_from([9.0, -99.0, torch.nan, torch.inf]))
    assert loss(logits.masked_fill(void, noise), labels).item() == expected
    # As a label of void, 200 is as good as 255.
    other = loss(logits, labels.masked_fill(void[:, 0], 200), ignore_index=200)
    assert other.item() == expected


@METHODS
@given(batch=batches(), share=st.floats(0, 1), data=st.data())
def test_convex_in_the_probabilities(options, tolerance, batch, share, data):
    logits, labels = batch
    loss = LovaszSoftmaxLoss(**options)
    other = logits[:, data.draw(st.permutations(range(CLASSES)))]
    ends = share * loss(logits, labels) + (1 - share) * loss(other, labels)
    probs = share * logits.softmax(1) + (1 - share) * other.softmax(1)
    between = loss(probs.log(), labels)
    assert between.item() <= ends.item() + 2 * tolerance


@METHODS
@given(batch=batches(), share=st.floats(0, 1))
def test_grows_with_the_errors(options, tolerance, batch, share):
    """Probability that moves away from the labels' classes makes errors."""
    logits, labels = batch
    loss = LovaszSoftmaxLoss(**options)
    probs = logits.softmax(1)
    label = labels.clamp(max=CLASSES - 1)[:, None]
    own = probs.gather(1, label)
    moved = share * own
    worse = probs.scatter(1, label, own - moved)
    worse = worse.scatter_add(1, (label + 1) % CLASSES, moved)
    value = loss(worse.clamp_min(1e-30).log(), labels)
    assert value.item() >= loss(logits, labels).item() - 2 * tolerance


@METHODS
@pytest.mark.parametrize('binary', [False, True])
def test_labels_of_eight_bits(options, tolerance, binary):
    generator = torch.Generator().manual_seed(0)
    channels = 1 if binary else CLASSES
    logits = torch.randn(2, channels, 8, 9, generator=generator)
    labels = torch.randint(2 if binary else 3, (2, 8, 9), generator=generator)
    labels[:, :2] = VOID
    kind = dict(loss_type='binary') if binary else {}
    loss = LovaszSoftmaxLoss(**kind, **options)
    assert torch.equal(loss(logits, labels.byte()), loss(logits, labels))
