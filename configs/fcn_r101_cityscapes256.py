# Report R1: FCN with ResNet-101 from scratch, Cityscapes at 256×512; all else
# as in fcn_r50_cityscapes256.py.
# Expected on its 144 test images: the report prints curves only. mIoU about
# that of R50, mean pixel accuracy below it.
# python tools/train.py configs/fcn_r101_cityscapes256.py
_base_ = './fcn_r50_cityscapes256.py'
model = dict(backbone=dict(depth=101))
