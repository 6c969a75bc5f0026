"""The label tables against MMSegmentation's and the facts of the sources."""

import pytest
from mmseg.datasets import (
    BDD100KDataset,
    CityscapesDataset,
    PascalVOCDataset,
)

from segplug.labels import bdd100k, camvid, cityscapes, voc
from segplug.labels.label import VOID, train_id_table


@pytest.mark.parametrize(
    'ours, host',
    [
        (cityscapes, CityscapesDataset),
        (bdd100k, BDD100KDataset),
        (voc, PascalVOCDataset),
    ],
)
def test_classes_and_colours_are_those_of_mmsegmentation(ours, host):
    assert ours.CLASSES == tuple(host.METAINFO['classes'])
    assert ours.PALETTE == tuple(map(tuple, host.METAINFO['palette']))


@pytest.mark.parametrize('module, count', [(cityscapes, 34), (bdd100k, 41)])
def test_ids_are_numbered_without_gaps(module, count):
    assert [label.id for label in module.LABELS] == list(range(count))
    assert len({label.name for label in module.LABELS}) == count
    trained = [label.train_id for label in module.EVALUATED]
    assert trained == list(range(19))


def test_bdd100k_has_fewer_colours_than_ids():
    assert len({label.colour for label in bdd100k.LABELS}) == 37


def test_camvid_has_a_colour_for_each_class():
    assert len(camvid.CLASSES) == len(camvid.PALETTE) == 11
    assert camvid.UNLABELLED == 11


def test_table_of_train_ids():
    table = train_id_table(cityscapes.LABELS, unknown=254)
    assert (table[7], table[33], table[0], table[34]) == (0, 18, VOID, 254)
