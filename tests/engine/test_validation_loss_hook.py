import copy
import json

import pytest
import torch
import torch.nn.functional as F
from mmengine.hooks import CheckpointHook
from mmengine.structures import PixelData
from mmseg.models import FCNHead
from mmseg.structures import SegDataSample

from segplug.engine.validation_loss_hook import (
    ValidationLossError,
    ValidationLossHook,
    decode_head,
    sample_losses,
)
from segplug.models import LovaszSoftmaxLoss
from tests.engine.tiny_runs import MODEL, runner

pytestmark = pytest.mark.usefixtures('plain_configs')

HOOK = dict(type='ValidationLossHook')
WEIGHTS = [1.0, 0.5, 3.0]


def two_losses():
    model = copy.deepcopy(MODEL)
    model['decode_head']['loss_decode'] = [
        dict(type='WeightedCrossEntropyLoss', class_weight=WEIGHTS),
        dict(type='LovaszSoftmaxLoss', loss_weight=0.3),
    ]
    return model


def by_hand(made):
    """Mean losses over the validation images, one after the other."""
    model = made.model.eval()
    found = []
    for item in made.val_dataloader.dataset:
        image = (item['inputs'].float() - 100) / 60
        label = item['data_samples'].gt_sem_seg.data.long()
        with torch.no_grad():
            logits = model(image[None], mode='tensor')
        logits = F.interpolate(logits, label.shape[1:], mode='bilinear')
        entropy = F.cross_entropy(
            logits, label, torch.tensor(WEIGHTS), ignore_index=255
        )
        lovasz = LovaszSoftmaxLoss(loss_weight=0.3)(logits, label)
        found.append((entropy.item(), lovasz.item()))
    return [sum(values) / len(values) for values in zip(*found)]


@pytest.mark.parametrize('by_epoch', [False, True])
def test_logged_and_monitored(tiny_data, tmp_path, by_epoch):
    made = runner(
        tiny_data,
        tmp_path,
        steps=2,
        interval=1,
        by_epoch=by_epoch,
        custom_hooks=[HOOK],
        model=two_losses(),
    )
    saver = next(h for h in made.hooks if isinstance(h, CheckpointHook))
    saver.__init__(interval=1, by_epoch=by_epoch, save_best='loss')
    made.train()
    scalars = made.message_hub.log_scalars
    entropy, lovasz = by_hand(made)
    parts = [scalars[f'val/loss_{n}'].current() for n in ('ce', 'lovasz')]
    assert parts == pytest.approx([entropy, lovasz], rel=1e-5)
    total = scalars['val/loss'].current()
    assert total == pytest.approx(entropy + lovasz, rel=1e-5)
    (log,) = tmp_path.glob('*/vis_data/scalars.json')
    lines = map(json.loads, log.read_text().splitlines())
    history = [line['loss'] for line in lines if 'mIoU' in line]
    assert len(history) == 2 and history[-1] == total
    assert made.message_hub.get_info('best_score') == min(history)
    assert list(tmp_path.glob('best_loss_*.pth'))


def test_changes_nothing(tiny_data, tmp_path):
    states = []
    for hooks in ([], [HOOK]):
        made = runner(
            tiny_data,
            tmp_path / str(len(hooks)),
            steps=3,
            interval=1,
            custom_hooks=hooks,
        )
        made.train()
        states.append((made.model.state_dict(), torch.get_rng_state()))
    (plain, before), (hooked, after) = states
    assert (before == after).all()
    for key, value in plain.items():
        assert (hooked[key] == value).all(), key


def test_validation_alone(tiny_data, tmp_path):
    made = runner(tiny_data, tmp_path, custom_hooks=[HOOK], model=two_losses())
    assert made.val()['loss'] == pytest.approx(sum(by_hand(made)), rel=1e-5)


def head(**options):
    losses = dict(type='CrossEntropyLoss', avg_non_ignore=True)
    return FCNHead(
        in_channels=2, channels=2, loss_decode=losses, **options
    ).eval()


def sample(logits, label):
    made = SegDataSample(metainfo=dict(img_path='a.png'))
    made.seg_logits = PixelData(data=logits)
    if label is not None:
        made.gt_sem_seg = PixelData(data=label)
    return made


def test_one_channel():
    """MMSegmentation keeps probabilities of heads with one channel."""
    logits = torch.randn(1, 5, 6)
    label = torch.randint(2, (1, 5, 6))
    label[0, 0] = 255
    binary = head(num_classes=2, out_channels=1, threshold=0.5)
    binary.loss_decode = copy.deepcopy(binary.loss_decode)
    binary.loss_decode.__init__(use_sigmoid=True, avg_non_ignore=True)
    loss = sample_losses(binary, sample(logits.sigmoid(), label))['loss_ce']
    kept = label != 255
    truth = F.binary_cross_entropy_with_logits(
        logits[kept], label[kept].float()
    )
    assert loss.item() == pytest.approx(truth.item(), rel=1e-4)


def test_half_precision():
    logits, label = torch.randn(3, 5, 6).half(), torch.randint(3, (1, 5, 6))
    loss = sample_losses(head(num_classes=3), sample(logits, label))['loss_ce']
    truth = F.cross_entropy(logits[None].float(), label)
    assert loss.item() == pytest.approx(truth.item(), rel=1e-5)


def test_last_head_of_a_cascade():
    first, last = head(num_classes=3), head(num_classes=3)
    model = torch.nn.Module()
    model.decode_head = torch.nn.ModuleList([first, last])
    assert decode_head(model) is last


def test_image_without_label():
    bare = sample(torch.randn(3, 5, 6), None)
    with pytest.raises(ValidationLossError, match='a.png: .* loads no label'):
        sample_losses(head(num_classes=3), bare)


def test_model_without_losses_of_pixels(tiny_data, tmp_path):
    made = runner(tiny_data, tmp_path, custom_hooks=[HOOK])
    made.model.decode_head = torch.nn.Identity()
    with pytest.raises(ValidationLossError, match='not Identity'):
        ValidationLossHook().before_val_epoch(made)
