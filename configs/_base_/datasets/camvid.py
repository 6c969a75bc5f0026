# CamVid of the SegNet tutorial at its own size, with a horizontal flip.
# Validated on val (101 images), tested on test (233 images).
_base_ = './prepared.py'
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
dataset = dict(type='CamVidDataset', data_root='data/camvid')
train_dataloader = dict(
    batch_size=8, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = dict(
    dataset=dict(**dataset, ann_file='splits/test.txt', pipeline=test_pipeline)
)
