# DeepLabV3 with ResNet-50 as torchvision defines it: the backbone as in
# fcn_r50.py, ASPP rates 12/24/36 with 256 channels, a 1×1 projection with
# dropout 0.5, a 3×3 convolution, no auxiliary head. From scratch.
_base_ = 'mmseg::_base_/models/deeplabv3_r50-d8.py'
model = dict(
    pretrained=None,
    backbone=dict(type='ResNet', zero_init_residual=False),
    decode_head=dict(
        type='DeepLabV3Head',
        channels=256,
        dropout_ratio=0,
        loss_decode=dict(avg_non_ignore=True),
    ),
    auxiliary_head=None,
)
