# Report R2, DL-3: DL-1 with 4×4 branches of rates 8/16/24, which pad
# (K − 1)·D/2 = 12/24/36 px and so keep the 33×33 map.
# Expected on Cityscapes val: mIoU 60.99 (63.40 in its second table), train
# 66.3.
# python tools/train.py configs/dlv3_r101_dl3_cityscapes.py
_base_ = './dlv3_r101_dl1_cityscapes.py'
model = dict(
    decode_head=dict(dilations=(1, 8, 16, 24), kernel_sizes=(1, 4, 4, 4))
)
