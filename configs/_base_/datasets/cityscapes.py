# Cityscapes at full size as in report R2: 513×513 crops without any other
# augmentation, batches of 8, scores at 1024×2048 (H×W). MMSegmentation's
# models bring the mean and standard deviation of ImageNet.
_base_ = './prepared.py'
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
# Factors of the test scale, so that plain and augmented scores compare.
tta_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(
                    type='Resize',
                    scale=(int(2048 * factor), int(1024 * factor)),
                    keep_ratio=True,
                )
                for factor in (0.75, 1.0, 1.25)
            ],
            _base_.both_ways,
            [dict(type='LoadCheckedAnnotations')],
            [dict(type='PackSegInputs')],
        ],
    ),
]
dataset = dict(type='PreparedCityscapesDataset', data_root='data/cityscapes')
train_dataloader = dict(
    batch_size=8, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = val_dataloader
