import re

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmseg.registry import MODELS
from torch.utils.data import DataLoader

from segplug.datasets import LabelError
from segplug.engine.explain import explain, plain_message


def caught(action):
    with pytest.raises(Exception) as info:
        action()
    return info.value


def build(**cfg):
    return caught(lambda: MODELS.build(cfg))


def test_unknown_argument_names_the_class_and_a_similar_one():
    message = explain(build(type='LovaszSoftmaxLoss', loss_wieght=2))
    assert 'LovaszSoftmaxLoss has no setting "loss_wieght"' in message
    assert 'loss_weight' in message


def test_argument_that_a_parent_class_refuses():
    head = dict(type='FCNHead', in_channels=4, channels=4, num_classes=2)
    message = explain(build(**head, droput_ratio=0.5))
    assert 'FCNHead has no setting "droput_ratio"' in message
    assert 'dropout_ratio' in message


def test_missing_argument():
    message = explain(build(type='FCNHead', in_channels=4, num_classes=2))
    assert "FCNHead needs the setting 'channels'" in message


def test_unknown_type_names_similar_ones():
    message = explain(build(type='LovaszSoftmaxLos'))
    assert 'no model of the type "LovaszSoftmaxLos"' in message
    assert 'LovaszSoftmaxLoss' in message


def test_optimizer_that_does_not_exist():
    config = dict(optimizer=dict(type='Adamm', lr=0.1))
    model = torch.nn.Linear(1, 1)
    message = explain(caught(lambda: build_optim_wrapper(model, config)))
    assert 'no optimizer of the type "Adamm"' in message
    assert 'Similar: Adam' in message


def test_argument_of_the_loader():
    def build_dataloader():
        return DataLoader([1], batchsize=2)

    message = explain(caught(build_dataloader))
    # Python 3.9 does not say whose argument it is.
    assert re.search(r'[Ll]oader has no setting "batchsize"', message)


@pytest.mark.parametrize(
    'action',
    [lambda: {}['key'], lambda: len(3), lambda: int(x=3), lambda: 1 / 0],
)
def test_other_errors_are_not_the_configs(action):
    assert explain(caught(action)) is None


class BadLabels:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        raise LabelError('a.png: has: colons')


def test_errors_of_worker_processes_lose_their_traceback():
    loader = DataLoader(BadLabels(), num_workers=1)
    error = caught(lambda: next(iter(loader)))
    assert 'Traceback' in str(error)
    assert plain_message(error) == 'a.png: has: colons'
    assert plain_message(LabelError('b.png: is: bad')) == 'b.png: is: bad'
