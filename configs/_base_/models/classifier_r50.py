# MMPretrain's classifier around MMSegmentation's ResNet-50-v1c: the same
# network as MMPretrain's, but with the names of its weights as the
# segmentors need them.
model = dict(
    type='mmpretrain.ImageClassifier',
    data_preprocessor=dict(
        type='mmpretrain.ClsDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    pretrained=None,
    backbone=dict(
        type='mmseg.ResNetV1c',
        depth=50,
        out_indices=(3,),
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
    neck=dict(type='mmpretrain.GlobalAveragePooling'),
    head=dict(
        type='mmpretrain.LinearClsHead',
        num_classes=1000,
        in_channels=2048,
        loss=dict(type='mmpretrain.CrossEntropyLoss'),
        topk=(1,),
    ),
)
