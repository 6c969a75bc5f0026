# Report R2, DL-2: DL-1 with rates 3/6/9.
# Expected on Cityscapes val: mIoU 67.29, train 70.97.
# python tools/train.py configs/dlv3_r101_dl2_cityscapes.py
_base_ = './dlv3_r101_dl1_cityscapes.py'
model = dict(decode_head=dict(dilations=(1, 3, 6, 9)))
