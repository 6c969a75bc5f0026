# FCN with ResNet-50 as torchvision defines it: 7×7 stem, blocks 3 and 4
# dilated 2 and 4 (output stride 8), one 3×3 convolution to a quarter of the
# channels, dropout 0.1 (of whole channels, where torchvision drops single
# values) and no auxiliary head. From scratch. Void pixels do not count in the
# mean of the loss, as in PyTorch.
_base_ = 'mmseg::_base_/models/fcn_r50-d8.py'
model = dict(
    pretrained=None,
    backbone=dict(type='ResNet', zero_init_residual=False),
    decode_head=dict(
        num_convs=1,
        concat_input=False,
        loss_decode=dict(avg_non_ignore=True),
    ),
    auxiliary_head=None,
)
