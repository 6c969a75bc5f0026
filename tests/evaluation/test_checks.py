import pytest
import torch
from mmengine.logging import MMLogger

from segplug.evaluation import ClassMismatchError, check_classes
from segplug.evaluation.checks import classifier_outputs

from . import scenes


def checkpoint(outputs, classes=None):
    weights = {
        'backbone.conv1.weight': torch.zeros(64, 3, 7, 7),
        'decode_head.conv_seg.weight': torch.zeros(outputs, 8, 1, 1),
        'auxiliary_head.conv_seg.weight': torch.zeros(99, 8, 1, 1),
    }
    meta = {'dataset_meta': {'classes': classes}} if classes else {}
    return {'state_dict': weights, 'meta': meta}


@pytest.mark.parametrize('classes', [None, scenes.class_names(7)])
def test_accepts_what_fits(classes):
    check_classes(checkpoint(7, classes), scenes.class_names(7))


def test_accepts_bare_weights_and_what_it_cannot_know():
    bare = checkpoint(7)['state_dict']
    check_classes(bare, scenes.class_names(7))
    check_classes({'encoder.weight': torch.zeros(3)}, scenes.class_names(7))
    assert classifier_outputs({'encoder.weight': torch.zeros(3)}) is None


def test_one_output_tells_two_classes_apart():
    check_classes(checkpoint(1), ('no', 'yes'))
    with pytest.raises(ClassMismatchError, match='predicts 1 classes'):
        check_classes(checkpoint(1), scenes.class_names(3))


def test_names_both_numbers_and_the_file():
    with pytest.raises(ClassMismatchError) as caught:
        check_classes(
            checkpoint(19),
            scenes.class_names(7),
            source='iter_9.pth',
            dataset='PascalPersonPartDataset',
        )
    text = str(caught.value)
    assert 'iter_9.pth predicts 19 classes' in text
    assert 'PascalPersonPartDataset has 7' in text


def test_takes_the_last_head_of_a_cascade():
    weights = {
        'decode_head.0.conv_seg.weight': torch.zeros(5, 8, 1, 1),
        'decode_head.1.conv_seg.weight': torch.zeros(6, 8, 1, 1),
        'auxiliary_head.0.conv_seg.weight': torch.zeros(9, 8, 1, 1),
    }
    with pytest.raises(ClassMismatchError, match='predicts 6'):
        check_classes(weights, scenes.class_names(5))
    check_classes(weights, scenes.class_names(6))


def test_synonyms_are_only_a_warning(caplog):
    logger = MMLogger.get_instance('checks-test')
    logger.addHandler(caplog.handler)
    check_classes(checkpoint(2, ('Road', 'Car ')), ('road', 'car'))
    assert not caplog.records
    check_classes(checkpoint(2, ('road', 'auto')), ('road', 'car'))
    assert 'class 1 "auto", which is "car"' in caplog.text
    logger.removeHandler(caplog.handler)


def test_the_order_of_the_classes_matters():
    names = ('road', 'car', 'sky')
    with pytest.raises(ClassMismatchError, match='class 1 "sky".*"car"'):
        check_classes(checkpoint(3, ('road', 'sky', 'car')), names)
