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
tta_pipeline = [dict(type='ScaleFlipTestTimeAug', pipeline=test_pipeline)]
dataset = dict(type='BDD100KFullDataset', data_root='data/bdd100k')
train_dataloader = dict(
    batch_size=4, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = dict(
    dataset=dict(**dataset, ann_file='splits/test.txt', pipeline=test_pipeline)
)
