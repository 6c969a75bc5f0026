# SegNet (Badrinarayanan et al. 2015): VGG-16 with batch norm and its mirror
# image, no ReLU in the decoder, encoder from ImageNet.
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    pretrained='torchvision://vgg16_bn',
    backbone=dict(type='SegNet', norm_cfg=norm_cfg),
    decode_head=dict(
        type='SegNetHead',
        in_channels=64,
        num_classes=19,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
