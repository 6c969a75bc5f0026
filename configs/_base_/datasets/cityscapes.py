# Cityscapes at full size as in report R2: 513×513 crops without any other
# augmentation, batches of 8, scores at 1024×2048 (H×W). MMSegmentation's
# models bring the mean and standard deviation of ImageNet.
num_classes = 19
crop_size = (513, 513)
train_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadCheckedImage'),
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
        type='PreparedCityscapesDataset',
        data_root='data/cityscapes',
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
        type='PreparedCityscapesDataset',
        data_root='data/cityscapes',
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/val.txt',
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='ConfusionMatrixMetric')
test_evaluator = val_evaluator
