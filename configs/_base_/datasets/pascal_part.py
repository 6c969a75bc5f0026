# Pascal-Person-Part with the augmentation of report R4: the short edge
# resized to 512 px, a random 512×512 crop, a horizontal flip.
num_classes = 7
crop_size = (512, 512)
scale = (2048, 512)  # long edge at most, short edge, in px
train_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
# Labels are loaded after the resize: scores are at the original size.
test_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='Resize', scale=scale, keep_ratio=True),
    dict(type='LoadCheckedAnnotations'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [dict(type='ScaleFlipTestTimeAug', pipeline=test_pipeline)]
train_dataloader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='PascalPersonPartDataset',
        data_root='data/pascal_part',
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
        type='PascalPersonPartDataset',
        data_root='data/pascal_part',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/val.txt',
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='ConfusionMatrixMetric')
test_evaluator = val_evaluator
