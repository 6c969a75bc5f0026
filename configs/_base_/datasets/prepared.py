# What all prepared data sets share: where images, labels and lists lie, how
# they are loaded, and the score. What builds on it says the data set, the
# batch and the pipelines.
train_dataloader = dict(
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/val.txt',
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='ConfusionMatrixMetric')
test_evaluator = val_evaluator
