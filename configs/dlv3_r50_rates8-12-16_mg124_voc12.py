# Report R5, what it names as not done: the multi-grid (1, 2, 4) of the
# DeepLabV3 paper, times the block's rate 4.
# Expected on VOC 2012 val: no figure in the report; without, mIoU 54.82.
# python tools/train.py configs/dlv3_r50_rates8-12-16_mg124_voc12.py
_base_ = './dlv3_r50_rates8-12-16_voc12.py'
model = dict(backbone=dict(multi_grid=(4, 8, 16)))
