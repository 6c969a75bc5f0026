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
tta_pipeline = [dict(type='ScaleFlipTestTimeAug', pipeline=test_pipeline)]
dataset = dict(type='PreparedCityscapesDataset', data_root='data/cityscapes')
train_dataloader = dict(
    batch_size=8, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = val_dataloader
