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
# Factors of the test scale, so that plain and augmented scores compare.
tta_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(
                    type='Resize',
                    scale=(int(480 * factor), int(360 * factor)),
                    keep_ratio=False,
                )
                for factor in (0.75, 1.0, 1.25)
            ],
            _base_.both_ways,
            [dict(type='LoadCheckedAnnotations')],
            [dict(type='PackSegInputs')],
        ],
    ),
]
dataset = dict(type='CamVidDataset', data_root='data/camvid')
train_dataloader = dict(
    batch_size=8, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = dict(
    dataset=dict(**dataset, ann_file='splits/test.txt', pipeline=test_pipeline)
)
