# BDD100K with all 41 labels as in report R3: input of 360×640 (H×W), split
# 70:15:15, batches of 4 (the report says 2 or 4). Scores are at the original
# 720×1280. The report split at random; here no two parts share a video.
# Other forms: num_classes=40 or 19 here and in each dataset.
_base_ = './prepared.py'
num_classes = 41
crop_size = (360, 640)
scale = (640, 360)  # width and height in px
train_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=False),
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
                    scale=(int(640 * factor), int(360 * factor)),
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
dataset = dict(type='BDD100KFullDataset', data_root='data/bdd100k')
train_dataloader = dict(
    batch_size=4, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = dict(
    dataset=dict(**dataset, ann_file='splits/test.txt', pipeline=test_pipeline)
)
