# PASCAL VOC 2012 as in report R5: images and labels squeezed to 256×256, no
# augmentation, 1464 training and 1449 validation images. Scores are at
# 256×256, as in the report; at the original size, as in other work, with
#   --cfg-options test_dataloader.dataset.pipeline.3.size=None
# MMSegmentation's models bring the mean and standard deviation of ImageNet.
_base_ = './prepared.py'
num_classes = 21
crop_size = (256, 256)
scale = (256, 256)  # width and height in px
train_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadCheckedImage'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='LoadCheckedAnnotations'),
    dict(type='ScoreAtSize', size=crop_size),
    dict(type='PackSegInputs'),
]
tta_pipeline = [dict(type='ScaleFlipTestTimeAug', pipeline=test_pipeline)]
dataset = dict(type='CheckedPascalVOCDataset', data_root='data/voc12')
train_dataloader = dict(
    batch_size=4, dataset=dict(**dataset, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(**dataset, pipeline=test_pipeline))
test_dataloader = val_dataloader
