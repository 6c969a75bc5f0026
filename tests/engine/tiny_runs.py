"""Training runs of a second, by MMEngine's own runner."""

from itertools import count

from mmengine.config import Config
from mmengine.runner import Runner

from tests.prepared_data import CLASSES

_number = count()

MODEL = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[100.0] * 3,
        std=[60.0] * 3,
        size=(16, 20),
    ),
    backbone=dict(
        type='UNet',
        base_channels=4,
        num_stages=2,
        strides=(1, 1),
        enc_num_convs=(1, 1),
        dec_num_convs=(1,),
        downsamples=(True,),
        enc_dilations=(1, 1),
        dec_dilations=(1,),
    ),
    decode_head=dict(
        type='FCNHead',
        in_channels=4,
        in_index=-1,
        channels=4,
        num_convs=1,
        dropout_ratio=0.1,
        num_classes=len(CLASSES),
        loss_decode=dict(type='WeightedCrossEntropyLoss'),
    ),
    train_cfg={},
    test_cfg=dict(mode='whole'),
)
LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]


def loader(root, split, batch_size, shuffle, infinite=False):
    kind = 'InfiniteSampler' if infinite else 'DefaultSampler'
    return dict(
        batch_size=batch_size,
        num_workers=0,
        sampler=dict(type=kind, shuffle=shuffle),
        dataset=dict(
            type='BaseSegDataset',
            data_root=str(root),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            ann_file=f'splits/{split}.txt',
            img_suffix='.png',
            metainfo=dict(classes=CLASSES, palette=[[0, 0, 0]] * 3),
            pipeline=[*LOAD, dict(type='PackSegInputs')],
        ),
    )


def config(
    root,
    work_dir,
    *,
    steps=6,
    interval=2,
    by_epoch=False,
    model=MODEL,
    **options,
):
    """A config of ``steps`` iterations, or epochs, with validations."""
    unit = 'epochs' if by_epoch else 'iters'
    settings = dict(
        default_scope='mmseg',
        model=model,
        work_dir=str(work_dir),
        experiment_name=f'tiny_{next(_number)}',
        train_dataloader=loader(root, 'train', 2, True, not by_epoch),
        val_dataloader=loader(root, 'val', 2, False),
        val_evaluator=dict(type='ConfusionMatrixMetric'),
        train_cfg={
            'by_epoch': by_epoch,
            f'max_{unit}': steps,
            'val_interval': interval,
        },
        val_cfg={},
        optim_wrapper=dict(
            type='OptimWrapper',
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
        ),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(
                type='CheckpointHook', by_epoch=by_epoch, interval=interval
            ),
        ),
        log_processor=dict(by_epoch=by_epoch),
        log_level='WARNING',
        randomness=dict(seed=1),
    )
    return Config({**settings, **options})


def runner(*args, **kwargs):
    """Build MMEngine's runner for :func:`config`."""
    return Runner.from_cfg(config(*args, **kwargs))
