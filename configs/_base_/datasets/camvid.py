# CamVid of the SegNet tutorial at its own size, with a horizontal flip.
# Validated on val (101 images), tested on test (233 images).
num_classes = 11
crop_size = (360, 480)
scale = (480, 360)  # width and height in px
train_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
# Labels are loaded after the resize: scores are at the original size.
test_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='LoadCheckedAnnotations'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [dict(type='ScaleFlipTestTimeAug', pipeline=test_pipeline)]
train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='CamVidDataset',
        data_root='data/camvid',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CamVidDataset',
        data_root='data/camvid',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/val.txt',
        pipeline=test_pipeline,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CamVidDataset',
        data_root='data/camvid',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/test.txt',
        pipeline=test_pipeline,
    ),
)
val_evaluator = dict(type='ConfusionMatrixMetric')
test_evaluator = val_evaluator
