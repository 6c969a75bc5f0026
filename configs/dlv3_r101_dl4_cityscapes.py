# Report R2, DL-4: DL-1 with a fourth branch, rates 6/12/18/24.
# Expected on Cityscapes val: mIoU 59.69, train 64.8.
# python tools/train.py configs/dlv3_r101_dl4_cityscapes.py
_base_ = './dlv3_r101_dl1_cityscapes.py'
model = dict(decode_head=dict(dilations=(1, 6, 12, 18, 24)))
