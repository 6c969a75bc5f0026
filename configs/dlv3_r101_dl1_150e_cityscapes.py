# Report R2, DL-1*: DL-1 for 150 epochs, 150 · 2975/8 = 55 781 iterations.
# Expected on Cityscapes val: mIoU 72.53, train 77.95.
# python tools/train.py configs/dlv3_r101_dl1_150e_cityscapes.py
_base_ = './dlv3_r101_dl1_cityscapes.py'
train_cfg = dict(max_iters=55781)
param_scheduler = [
    dict(type='PolyLR', eta_min=0, power=0.9, end=55781, by_epoch=False)
]
