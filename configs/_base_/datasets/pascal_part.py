# Pascal-Person-Part with the augmentation of report R4: the short edge
# resized to 512 px, a random 512×512 crop, a horizontal flip.
_base_ = './prepared.py'
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
dataset = dict(type='PascalPersonPartDataset', data_root='data/pascal_part')
train_dataloader = dict(
    batch_size=4, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = val_dataloader
