import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from segplug.compat.pretrained import PretrainedMismatchError


class Backbone(BaseModule):
    def __init__(self, checkpoint=None, prefix=None, width=4):
        init = checkpoint and dict(
            type='Pretrained', checkpoint=str(checkpoint), prefix=prefix
        )
        super().__init__(init_cfg=init)
        self.stem = nn.Conv2d(3, width, 1)
        self.norm = nn.BatchNorm2d(width)


@pytest.fixture
def weights():
    return {k: torch.rand_like(v) for k, v in _floats(Backbone()).items()}


def _floats(module):
    return {k: v.float() for k, v in module.state_dict().items()}


def saved(tmp_path, content):
    torch.save(content, tmp_path / 'w.pth')
    return tmp_path / 'w.pth'


def is_loaded(module, weights):
    own = _floats(module)
    return all(
        torch.equal(own[name], value)
        for name, value in weights.items()
        if 'tracked' not in name
    )


@pytest.mark.parametrize('beginning', ['', 'backbone.', 'module.backbone.'])
def test_backbones_classifiers_and_segmentors_give_weights(
    tmp_path, weights, beginning
):
    content = {f'{beginning}{name}': v for name, v in weights.items()}
    content['decode_head.weight'] = torch.zeros(1)
    path = saved(tmp_path, {'state_dict': content})
    module = Backbone(path)
    module.init_weights()
    assert is_loaded(module, weights)


def test_a_given_prefix_is_obeyed(tmp_path, weights):
    path = saved(tmp_path, {f'net.{name}': v for name, v in weights.items()})
    module = Backbone(path, prefix='net')
    module.init_weights()
    assert is_loaded(module, weights)


def test_weights_of_something_else_are_refused(tmp_path):
    path = saved(tmp_path, {'encoder.conv': torch.zeros(1)})
    message = 'w.pth has a name that Backbone knows.*encoder.conv.*stem.weight'
    with pytest.raises(PretrainedMismatchError, match=message):
        Backbone(path).init_weights()


def test_another_width_is_refused(tmp_path, weights):
    path = saved(tmp_path, weights)
    message = 'stem.weight is 4×3×1×1, wanted 8×3×1×1'
    with pytest.raises(PretrainedMismatchError, match=message):
        Backbone(path, width=8).init_weights()


def test_a_part_is_loaded_and_the_rest_told(tmp_path, weights, caplog):
    from mmengine.logging import MMLogger

    del weights['norm.weight']
    path = saved(tmp_path, weights)
    logger = MMLogger.get_instance('pretrained')
    logger.addHandler(caplog.handler)
    module = Backbone(path)
    module.init_weights()
    assert is_loaded(module, weights)
    assert '5 of its 6 weights' in caplog.text
    assert 'not in the file: norm.weight' in caplog.text
