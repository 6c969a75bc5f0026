# Report R1: FCN with ResNet-18 from scratch, Cityscapes at 256×512; all else
# as in fcn_r50_cityscapes256.py.
# Expected on its 144 test images: the report prints curves only. Lowest mIoU
# of the FCNs: R18 < R34 < R50.
# python tools/train.py configs/fcn_r18_cityscapes256.py
_base_ = './fcn_r50_cityscapes256.py'
model = dict(
    backbone=dict(depth=18),
    decode_head=dict(in_channels=512, channels=128),
)
