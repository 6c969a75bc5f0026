# U-Lite of report R3: three steps down and up, images scaled to [−1, 1] one
# by one. The widths 32/64/128 were chosen. From scratch.
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SampleScalingDataPreProcessor',
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    pretrained=None,
    backbone=dict(
        type='ULite',
        widths=(32, 64, 128),
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
    decode_head=dict(
        type='SegNetHead',
        in_channels=32,
        kernel_size=1,
        num_classes=41,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
