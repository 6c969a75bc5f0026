# Report R1: FCN with ResNet-34 from scratch, Cityscapes at 256×512; all else
# as in fcn_r50_cityscapes256.py.
# Expected on its 144 test images: the report prints curves only. mIoU between
# those of R18 and R50.
# python tools/train.py configs/fcn_r34_cityscapes256.py
_base_ = './fcn_r50_cityscapes256.py'
model = dict(
    backbone=dict(depth=34),
    decode_head=dict(in_channels=512, channels=128),
)
