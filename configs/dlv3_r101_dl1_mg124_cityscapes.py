# Report R2, DL-1 with the multi-grid (1, 2, 4) of the DeepLabV3 paper, which
# the report left out: times the block's rate 2.
# Expected on Cityscapes val: no figure in the report; DL-1 reached 65.43.
# python tools/train.py configs/dlv3_r101_dl1_mg124_cityscapes.py
_base_ = './dlv3_r101_dl1_cityscapes.py'
model = dict(backbone=dict(multi_grid=(2, 4, 8)))
